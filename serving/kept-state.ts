import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { aliasesSchema, type Aliases } from '../domain/aliases.js';
import { canonicalJson } from '../domain/canonical.js';
import { PerennialError } from '../domain/errors.js';
import { refuseNewer } from '../domain/formats.js';
import {
  instantSchema,
  sha256Schema,
  versionRefSchema,
  type Instant,
  type VersionRef,
} from '../domain/references.js';
import { sha256 } from '../storage/objects/digest.js';
import type { ClockMemory } from './clock.js';
import { readIfPresent, reserveSpace, writeDurably } from './durable-file.js';

const PIN_FORMAT = 'perennial-pin/1';

const pinSchema = z.strictObject({
  format: z.literal(PIN_FORMAT),
  aliases: aliasesSchema,
  /** Of the canonical aliases: a flipped bit must not look like another generation. */
  sha256: sha256Schema,
});

const clockSchema = z.strictObject({ to: instantSchema });
const startsSchema = z.strictObject({ starts: z.number().int().min(0) });
const championsSchema = z.strictObject({ champions: z.array(versionRefSchema) });
const newestSchema = z.strictObject({ newestEvent: instantSchema });

/**
 * What this process remembers on its own disk, independent of the shared store. Every save is durable when it resolves. On a full disk
 * a pin still finds room, once; every other save then throws `spool-unavailable` (retryable), and what was kept before stays.
 */
export interface KeptState {
  /** Models that have a pin, sorted; an unreadable one is listed too. */
  pinnedModels(): Promise<string[]>;
  /** The newest aliases obeyed; undefined when there are none or the file is damaged. Throws `format-newer` for a newer program's pin. */
  pin(model: string): Promise<Aliases | undefined>;
  savePin(aliases: Aliases): Promise<void>;
  /** Champions obeyed here that were not rolled back, oldest first; empty when nothing is known. */
  champions(model: string): Promise<VersionRef[]>;
  saveChampions(model: string, champions: readonly VersionRef[]): Promise<void>;
  /** Newest logged event time at the last save. */
  newestEvent(model: string): Promise<Instant | undefined>;
  saveNewestEvent(model: string, newest: Instant): Promise<void>;
  /** How often this state was opened for serving, this time included: 1 at the first start. */
  countStart(): Promise<number>;
  readonly clock: ClockMemory;
}

/** State kept as small JSON files below `folder`. */
export function createKeptState(folder: string): KeptState {
  const pinFile = (model: string): string => join(folder, 'pins', `${model}.json`);
  const newestFile = (model: string): string => join(folder, 'newest', `${model}.json`);
  const championsFile = (model: string): string => join(folder, 'champions', `${model}.json`);
  const startsFile = join(folder, 'starts.json');
  const clockFile = join(folder, 'clock.json');
  const reserve = join(folder, 'reserve');
  return {
    pinnedModels: () => namesIn(join(folder, 'pins')),
    pin: async (model) => {
      const stored = await readJson(pinFile(model));
      const kept = wholePin(model, stored);
      // Taken for none, a newer pin would let an older generation of the store serve. A flipped bit of its number makes no newer pin.
      const flipped = wholePin(model, renumbered(stored)) !== undefined;
      if (kept === undefined && !flipped) refuseNewer(`kept pin of model ${model}`, stored);
      return kept;
    },
    savePin: async (aliases) => {
      const digest = sha256(canonicalJson(aliases));
      await write(pinFile(aliases.model), { format: PIN_FORMAT, aliases, sha256: digest }, reserve);
      await reserveSpace(reserve);
    },
    champions: async (model) => (await read(championsFile(model), championsSchema))?.champions ?? [],
    saveChampions: (model, champions) => write(championsFile(model), { champions }),
    newestEvent: async (model) => (await read(newestFile(model), newestSchema))?.newestEvent,
    saveNewestEvent: (model, newestEvent) => write(newestFile(model), { newestEvent }),
    countStart: async () => {
      const text = await readIfPresent(startsFile);
      const before = text === undefined ? 0 : startsSchema.parse(JSON.parse(text)).starts;
      await write(startsFile, { starts: before + 1 });
      await reserveSpace(reserve);
      return before + 1;
    },
    clock: {
      load: async () => {
        const text = await readIfPresent(clockFile);
        // A damaged clock file stops the start: guessing a time could take the clock backwards.
        return text === undefined ? undefined : clockSchema.parse(JSON.parse(text)).to;
      },
      save: (to) => write(clockFile, { to }),
    },
  };
}

function wholePin(model: string, stored: unknown): Aliases | undefined {
  const { data } = pinSchema.safeParse(stored);
  if (data?.aliases.model !== model) return undefined;
  return sha256(canonicalJson(data.aliases)) === data.sha256 ? data.aliases : undefined;
}

const renumbered = (stored: unknown): unknown =>
  stored !== null && typeof stored === 'object' ? { ...stored, format: PIN_FORMAT } : stored;

async function write(path: string, value: unknown, reserve?: string): Promise<void> {
  try {
    await writeDurably(path, canonicalJson(value), reserve);
  } catch (cause) {
    throw new PerennialError(
      {
        type: 'spool-unavailable',
        thing: `state file ${path}`,
        value: cause instanceof Error ? cause.message : String(cause),
        allowed: 'a local folder that this process may write, with free space',
        next: 'Nothing changed; make room, then try again.',
        retryable: true,
      },
      { cause },
    );
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .sort();
  } catch {
    return []; // no folder yet: nothing was pinned
  }
}

/** Undefined when it is not there or damaged: the shared store's aliases decide. */
async function read<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  return schema.safeParse(await readJson(path)).data;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
