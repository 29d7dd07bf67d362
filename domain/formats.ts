import { z } from 'zod';
import { PerennialError } from './errors.js';
import { LIFECYCLE_FORMAT } from './lifecycle-migrations.js';

/** Newest number of the formats that have more than one; of every other the newest is 1. */
const NEWEST: Readonly<Record<string, number>> = Object.fromEntries(
  [LIFECYCLE_FORMAT].map((format) => [format.split('/')[0], Number(format.split('/')[1])]),
);

const formattedSchema = z.looseObject({ format: z.string().regex(/^perennial-[a-z-]+\/\d+$/) });

/**
 * Refuses a stored or received object of a format that only a newer version of the program knows, before its schema finds fault with
 * it. Formats are named `perennial-<what>/<number>`; an object without one (specs, aliases, log rows) is of format 1, and a second
 * format of it must name itself. Throws `format-newer`: retryable, since a newer process may take the work over.
 */
export function refuseNewer(thing: string, value: unknown): void {
  const parsed = formattedSchema.safeParse(value);
  if (!parsed.success) return;
  const { format } = parsed.data;
  const [name = '', number = ''] = format.split('/');
  const newest = NEWEST[name] ?? 1;
  if (Number(number) <= newest) return;
  throw new PerennialError({
    type: 'format-newer',
    thing,
    value: format,
    allowed: `formats up to ${name}/${newest}`,
    next: 'A newer version of Perennial wrote it: upgrade this process (worker, serving or client) to that version.',
    retryable: true,
  });
}
