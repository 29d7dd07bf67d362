import { PerennialError } from '../../domain/errors.js';

/** A request that is wrong: names the thing, its value and what was allowed. */
export function badRequest(thing: string, value: unknown, allowed: string, next = NEXT): PerennialError {
  return new PerennialError({ type: 'bad-request', thing, value: value ?? null, allowed, next });
}

const NEXT = 'Correct the request; GET the model for its inputs. Nothing was scored or stored.';
