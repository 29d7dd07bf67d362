import { exactExp } from '../exact-math.js';

/** Least weight of a row: one of weight 0 would be left out, and the window is what leaves rows out. */
const LEAST = 2 ** -40;

/**
 * Weight of each row by its age: 1 for the newest, half for every `halfLife` before it (exponential forgetting, as in Klinkenberg 2004,
 * "Learning drifting concepts: example selection vs. example weighting"). Both in milliseconds; weights lie in [2⁻⁴⁰, 1].
 */
export function recencyWeights(eventTimes: Float64Array, halfLife: number): Float64Array {
  const newest = eventTimes.reduce((most, at) => Math.max(most, at), -Infinity);
  return eventTimes.map((at) => Math.max(LEAST, exactExp((-Math.LN2 * (newest - at)) / halfLife)));
}
