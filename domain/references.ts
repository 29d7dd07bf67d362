import { z } from 'zod';

/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { message: '64 lower-case hexadecimal digits' })
  .meta({ title: 'digest' });

/** Where bytes are and what they must be. Workflows exchange these instead of bytes. */
export const artifactRefSchema = z.strictObject({
  key: z.string(),
  sha256: sha256Schema,
  bytes: z.number().int().min(0),
});
/** Where bytes are and what they must be. */
export type ArtifactRef = z.infer<typeof artifactRefSchema>;

/** A version of a model: its number and the digest of its manifest. */
export const versionRefSchema = z.strictObject({ version: z.number().int().min(1), digest: sha256Schema });
/** A version of a model: its number and the digest of its manifest. */
export type VersionRef = z.infer<typeof versionRefSchema>;

/** An instant as ISO 8601 in UTC with milliseconds, e.g. `2011-04-01T00:00:00.000Z`: the only form that is stored. */
export const instantSchema = z.iso
  .datetime({
    offset: true,
    message: "an ISO 8601 instant such as '2011-04-01T00:00:00Z'",
  })
  .meta({ title: 'instant' });
/** An instant, ISO 8601. */
export type Instant = string;

/** The stored form of an instant given as text, epoch milliseconds or Date. Throws a RangeError when it is none. */
export function instant(value: string | number | Date): Instant {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new RangeError(`instant is '${String(value)}'; expected an ISO 8601 date and time`);
  return date.toISOString();
}

/** Epoch milliseconds of an instant. */
export const epoch = (value: Instant): number => Date.parse(value);

/** A model's name: also a folder, a workflow id and a search attribute, hence narrow. */
export const modelNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, {
    message: 'a lower-case letter, then up to 62 lower-case letters, digits or hyphens',
  })
  .meta({ title: 'model name' });
