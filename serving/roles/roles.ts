import type { Aliases } from '../../domain/aliases.js';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { messageOf } from '../message-of.js';
import { inTurns } from '../../domain/turns.js';
import {
  buildAssignment,
  retire,
  unassigned,
  type Assignment,
  type AssignmentPorts,
  type Shadow,
} from './assignment.js';

/**
 * Which version does what for one model. Starts unassigned; every pin or restored state moves it to a higher generation, never
 * to a lower one, and only after everything that the aliases name was loaded, verified and written to disk. A refused change
 * leaves everything as it was and is remembered in `refused`. Only `swap` assigns.
 */
export interface Roles {
  current(): Assignment;
  /** The highest generation obeyed, on disk; what `current` has unless something of it could not be restored. */
  obeyed(): Aliases;
  /**
   * Obeys aliases. Resolves with the assignment in force: a repeated pin changes nothing. Throws `stale-generation` for a lower
   * generation or another value of this one, and what loading throws; both change nothing.
   */
  pin(aliases: Aliases): Promise<Assignment>;
  /**
   * At the start: obeys what this process obeyed before it ended. When only a shadow cannot be loaded, the champion serves
   * alone; when the champion cannot, throws, and still nothing below this generation is obeyed.
   */
  restore(aliases: Aliases): Promise<Assignment>;
  /** The newest aliases that were not obeyed, and why; null once they or newer ones are. */
  refused(): { readonly generation: number; readonly reason: string } | null;
  /** Resolves when every shadow has scored or dropped what it was offered so far, replaced ones included. */
  shadowsSettled(): Promise<void>;
  /** Rows dropped by shadows since the start, replaced ones included. */
  dropped(): number;
}

/** What roles need besides what building an assignment needs. */
export interface RolesPorts extends AssignmentPorts {
  /** Durable when it resolves. */
  savePin(aliases: Aliases): Promise<void>;
  onSwap(before: Aliases, after: Aliases): void;
}

/** Roles of a model that nothing is known of yet. */
export function createRoles(model: string, ports: RolesPorts): Roles {
  const inTurn = inTurns();
  let now = unassigned(model);
  /** The highest generation on disk; ahead of `now` only while what was restored cannot be loaded. */
  let obeyed = now.aliases;
  let refused: { generation: number; reason: string } | null = null;
  const retired = createRetired(ports);

  const swap = (next: Assignment): void => {
    const before = now;
    now = next;
    refused = null;
    ports.onSwap(before.aliases, next.aliases);
    retired.add(before, next);
  };

  const refuse = (generation: number, error: unknown): void => {
    if (generation >= (refused?.generation ?? 0)) refused = { generation, reason: messageOf(error) };
  };

  const pin = async (aliases: Aliases): Promise<Assignment> => {
    const again = canonicalJson(aliases) === canonicalJson(obeyed);
    // Obeyed, but for something that could not be restored: try that again.
    if (again && refused?.generation !== obeyed.generation) return now;
    if (!again && aliases.generation <= obeyed.generation) throw stale(aliases, obeyed);
    try {
      const next = await buildAssignment(aliases, now, ports);
      await ports.savePin(aliases).catch(async (error: unknown) => {
        await retire(next, now, ports);
        throw error;
      });
      obeyed = aliases;
      swap(next);
    } catch (error) {
      refuse(aliases.generation, error);
      throw error;
    }
    return now;
  };

  const restore = async (aliases: Aliases): Promise<Assignment> => {
    obeyed = aliases;
    try {
      swap(await buildAssignment(aliases, now, ports));
    } catch (error) {
      refuse(aliases.generation, error);
      swap(await championAlone(aliases, ports));
      refuse(aliases.generation, error);
    }
    return now;
  };

  return {
    current: () => now,
    obeyed: () => obeyed,
    pin: (aliases) => inTurn(() => pin(aliases)),
    restore: (aliases) => inTurn(() => restore(aliases)),
    refused: () => refused,
    shadowsSettled: async () => {
      await Promise.all([...now.shadows.map(({ queue }) => queue.settled()), retired.settled()]);
    },
    dropped: () => retired.dropped() + droppedBy(now.shadows),
  };
}

interface Retired {
  add(before: Assignment, after: Assignment): void;
  /** Resolves when nothing that was replaced so far is still at work. */
  settled(): Promise<void>;
  dropped(): number;
}

/** Assignments that were replaced and finish what they have. */
function createRetired(ports: AssignmentPorts): Retired {
  const retiring = new Set<Promise<void>>();
  let dropped = 0;
  return {
    add: (before, after) => {
      const gone = before.shadows.filter((shadow) => !after.shadows.includes(shadow));
      const done = retire(before, after, ports).then(() => {
        dropped += droppedBy(gone);
        retiring.delete(done);
      });
      retiring.add(done);
    },
    settled: async () => void (await Promise.all(retiring)),
    dropped: () => dropped,
  };
}

const droppedBy = (shadows: readonly Shadow[]): number =>
  shadows.reduce((sum, { queue }) => sum + queue.dropped(), 0);

/** The aliases without their shadows: when one of those cannot be loaded, requests are still answered. */
async function championAlone(aliases: Aliases, ports: AssignmentPorts): Promise<Assignment> {
  const alone = await buildAssignment({ ...aliases, challenger: null, baking: false }, null, ports);
  return { ...alone, aliases };
}

function stale(wanted: Aliases, obeyed: Aliases): PerennialError {
  return new PerennialError({
    type: 'stale-generation',
    thing: `pin of model ${wanted.model}: generation`,
    value: wanted.generation,
    allowed: `more than ${obeyed.generation}, which this server obeys with champion ${obeyed.champion?.version ?? 'none'}`,
    next: 'Another change came first; read the aliases again and decide anew.',
  });
}
