import type { ModelInput } from '../../domain/manifest.js';
import { callServing, inferRows, type ServingDoor } from '../sdk/infer.js';
import type { Ride } from './forecasts.js';

/** One answered request. */
export interface Answered {
  readonly at: string;
  readonly version: number;
  readonly prediction: number;
}

/** Posts one request per ride, all of a day at once over kept-alive connections, and gives the answers in the order of the rides. */
export function postRides(
  door: ServingDoor,
  model: string,
  inputs: readonly ModelInput[],
  rides: readonly Ride[],
): Promise<Answered[]> {
  return Promise.all(
    rides.map(async ({ at, inputs: row }) => {
      const answer = await inferRows(door, model, inputs, [{ ...row, event_time: at }]);
      return { at, version: answer.version, prediction: Number(answer.predictions[0]) };
    }),
  );
}

/** Moves serving's stepped clock. */
export async function moveClock(door: ServingDoor, to: string): Promise<void> {
  await callServing(door, '/v2/clock', { to });
}
