import { z } from 'zod';

const skill = z.object({
  rows: z.number(),
  ratio: z.number().nullable(),
  baseline: z.number().nullable(),
  error: z.number().nullable().optional(),
  newestLabel: z.string().nullable().optional(),
});
const drift = z.object({ statistic: z.number().nullable(), drifted: z.boolean() });

/** What metrics and status read of a check's evidence; checks of any age have these members or leave them out. */
export const checkEvidenceSchema = z.object({
  performance: z.array(skill.nullable()).default([]),
  drift: z.array(z.array(drift).nullable()).default([]),
});
/** What metrics and status read of a check's evidence. */
export type CheckEvidence = z.infer<typeof checkEvidenceSchema>;

/** Skill on labelled rows, of the first trigger that looks at it. */
export const skillOf = ({ performance }: CheckEvidence): z.infer<typeof skill> | undefined =>
  performance.find((seen) => seen !== null) ?? undefined;

/** Share of the compared features that drifted, of the first trigger that looks at it; undefined when none could be compared. */
export function driftShareOf({ drift: triggers }: CheckEvidence): number | undefined {
  const compared = triggers.find((seen) => seen !== null)?.filter(({ statistic }) => statistic !== null);
  if (compared === undefined || compared.length === 0) return undefined;
  return compared.filter(({ drifted }) => drifted).length / compared.length;
}
