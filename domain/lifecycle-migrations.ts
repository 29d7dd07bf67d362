import { z } from 'zod';

/** Format of the lifecycle's state that this code writes. */
export const LIFECYCLE_FORMAT = 'perennial-lifecycle/2';

/** Characters of an ONNX digest that name a model that may not come back: 96 bits. */
export const RULED_OUT_LENGTH = 24;

const format1Schema = z.looseObject({
  format: z.literal('perennial-lifecycle/1'),
  ruledOut: z.array(z.string()),
});

/**
 * Brings a state of an older format to the present one, step by step; anything else comes back as it is, for the schema to judge.
 *
 * 1 → 2: ruled-out digests are kept by their beginning; answers of updates and counts of unwritten lines begin empty.
 */
export function migrateLifecycleState(state: unknown): unknown {
  const first = format1Schema.safeParse(state);
  return first.success ? from1(first.data) : state;
}

function from1(state: z.infer<typeof format1Schema>): unknown {
  const ruledOut = state.ruledOut.map((digest) => digest.slice(0, RULED_OUT_LENGTH));
  return { ...state, format: LIFECYCLE_FORMAT, ruledOut, answers: [], unrecorded: {} };
}
