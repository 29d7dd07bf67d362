import { z } from 'zod';
import { modelNameSchema, versionRefSchema } from './references.js';

/** Response header in which a serving replica names the type of a refusal; its body is for people. */
export const REFUSAL_HEADER = 'perennial-refusal';

/** What is wrong with the version itself: no replica of any age should serve it. */
const UNSERVABLE: ReadonlySet<string> = new Set([
  'artifact-corrupt',
  'artifact-missing',
  'registry-corrupt',
  'unknown-version',
  'digest-mismatch',
  'golden-mismatch',
  'model-unusable',
]);

/** What keeps a replica from serving a version now, though the version may be sound. */
const NOT_NOW: ReadonlySet<string> = new Set(['store-unavailable', 'scorer-crashed', 'scorer-hung']);

/** A replica's refusal of a pin because of a version that it names. */
export const pinRefusalSchema = z.strictObject({
  url: z.string(),
  /** Type of the refusal, e.g. `artifact-corrupt`. */
  type: z.string(),
  /** One line for people. */
  problem: z.string(),
});
/** A replica's refusal of a pin because of a version that it names. */
export type PinRefusal = z.infer<typeof pinRefusalSchema>;

/** True when a version was refused for what it is; a replica that is busy, unreachable or ahead of the pin says nothing about it. */
export const isUnservable = (type: string): boolean => UNSERVABLE.has(type);

/** True when a replica cannot serve a version as things are, for whatever reason: enough to look for another one to go back to. */
export const cannotServeNow = (type: string): boolean => UNSERVABLE.has(type) || NOT_NOW.has(type);

/** Champions that a replica obeyed and that were not rolled back, newest first: what to fall back to while the store is away. */
export const obeyedChampionsSchema = z.strictObject({
  model: modelNameSchema,
  champions: z.array(versionRefSchema),
});
/** Champions that a replica obeyed. */
export type ObeyedChampions = z.infer<typeof obeyedChampionsSchema>;
