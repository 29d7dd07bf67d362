import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type History, historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';

/** Where recorded histories are, one file `<workflow>.<what>.json` each. */
export const historiesFolder = fileURLToPath(new URL('./histories', import.meta.url));

/** One recorded run. */
export interface Recorded {
  readonly name: string;
  /** Workflow type: what the name begins with. */
  readonly workflow: string;
  readonly events: number;
  /** Size as the server counts it, near enough: the protobuf of all events. */
  readonly bytes: number;
  readonly history: History;
}

/** Every recorded run, by name. */
export function readHistories(): Recorded[] {
  return readdirSync(historiesFolder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.json'.length);
      const history = historyFromJSON(JSON.parse(readFileSync(join(historiesFolder, file), 'utf8')));
      return {
        name,
        workflow: name.split('.')[0] ?? '',
        history,
        events: history.events?.length ?? 0,
        bytes: historyBytes(history),
      };
    });
}

const historyBytes = (history: History): number =>
  proto.temporal.api.history.v1.History.encode(history).finish().length;
