import type { Logger } from 'pino';
import type { Aliases } from '../domain/aliases.js';
import { PerennialError } from '../domain/errors.js';
import { instant } from '../domain/references.js';
import type { LogState } from '../storage/predictions/segment-log.js';
import type { Registry } from '../storage/registry/registry.js';
import type { KeptState } from './kept-state.js';
import { messageOf } from './message-of.js';
import type { ModelServer } from './model-server.js';
import type { StoreState } from './store-contact.js';

/** Health of one model here. */
export interface ModelHealth {
  readonly name: string;
  readonly ready: boolean;
  readonly version: string | null;
  readonly generation: number;
  readonly refused: { readonly generation: number; readonly reason: string } | null;
  /** The prediction log here: rows in memory, rows that are lost, and why and since when the spool cannot be written. */
  readonly log: {
    readonly waiting: number;
    readonly lost: number;
    readonly problem: { readonly reason: string; readonly since: string } | null;
  };
}

/** Health of this process. */
export interface FleetHealth {
  readonly ready: boolean;
  readonly store: StoreState;
  readonly models: readonly ModelHealth[];
}

/** Every model that this process serves. */
export interface Fleet {
  /** Throws `unknown-model`. */
  get(model: string): ModelServer;
  /** Every model, in the order in which they appeared. */
  all(): readonly ModelServer[];
  /** Pins a model, also one that appears by this pin. */
  pin(aliases: Aliases): ReturnType<ModelServer['pin']>;
  health(): FleetHealth;
  /** Obeys what was obeyed before the last end, then the store. Never throws: what cannot be loaded is in `health`. */
  start(): Promise<void>;
  /** Obeys the store's aliases where they are newer. Never throws. */
  poll(): Promise<void>;
  /** Makes all logs durable; a store that is away is logged, and tried again at the next call. Never throws. */
  flush(): Promise<void>;
  /** Finishes and closes every model. Never throws: what the store does not have yet waits in the spool. */
  close(): Promise<void>;
}

/** What a fleet needs. */
export interface FleetPorts {
  readonly registry: Registry;
  readonly kept: KeptState;
  readonly log: Logger;
  storeState(): StoreState;
  open(model: string): Promise<ModelServer>;
  /** Throws unless the aliases' version exists and can be verified; called before a model appears. */
  probe(aliases: Aliases): Promise<void>;
  /** Monotonic milliseconds. */
  monotonic(): number;
}

/** Aliases that could not be obeyed are tried again this often. @format milliseconds */
const TRY_AGAIN_MS = 30_000;

/** An empty fleet. */
export function createFleet(ports: FleetPorts): Fleet {
  const { kept, log } = ports;
  const servers = createServers(ports);
  const following = createFollower(ports, servers.open);

  const restore = async (model: string): Promise<void> => {
    const aliases = await kept.pin(model);
    if (aliases === undefined) log.warn({ model }, 'the kept pin is damaged; waiting for the store');
    else await (await servers.open(model)).roles.restore(aliases);
  };
  const forEach = async (work: (server: ModelServer) => Promise<void>, problem: string): Promise<void> => {
    for (const server of servers.ready()) {
      await work(server).catch((error: unknown) => {
        log.error({ model: server.model, reason: messageOf(error) }, problem);
      });
    }
  };

  return {
    get: servers.get,
    all: servers.ready,
    pin: async (aliases) => {
      if (!servers.has(aliases.model)) await ports.probe(aliases);
      return (await servers.open(aliases.model)).pin(aliases);
    },
    health: () => {
      const models = servers.ready().map(healthOf);
      return { ready: models.every(({ ready }) => ready), store: ports.storeState(), models };
    },
    start: async () => {
      for (const model of await kept.pinnedModels()) {
        await restore(model).catch((error: unknown) => {
          // What a newer program obeyed here is not known: nothing may serve in its place.
          if (error instanceof PerennialError && error.type === 'format-newer') throw error;
          log.error({ model, reason: messageOf(error) }, 'what was served before cannot be restored');
        });
      }
      await following.poll();
    },
    poll: following.poll,
    flush: () => forEach((server) => server.flush(), 'the log is not in the store yet; it is kept here'),
    close: () => forEach((server) => server.close(), 'the log is not in the store; the next start stores it'),
  };
}

interface Servers {
  get(model: string): ModelServer;
  has(model: string): boolean;
  ready(): readonly ModelServer[];
  open(model: string): Promise<ModelServer>;
}

function createServers(ports: Pick<FleetPorts, 'open'>): Servers {
  const opening = new Map<string, Promise<ModelServer>>();
  const opened = new Map<string, ModelServer>();
  const open = async (model: string): Promise<ModelServer> => {
    try {
      const server = await ports.open(model);
      opened.set(model, server);
      return server;
    } catch (error) {
      opening.delete(model);
      throw error;
    }
  };
  return {
    has: (model) => opening.has(model),
    ready: () => [...opened.values()],
    get: (model) => {
      const server = opened.get(model);
      if (server === undefined) throw unknownModel(model, [...opened.keys()]);
      return server;
    },
    open: (model) => {
      const server = opening.get(model) ?? open(model);
      opening.set(model, server);
      return server;
    },
  };
}

interface Follower {
  poll(): Promise<void>;
}

function createFollower({ registry, log, monotonic }: FleetPorts, open: Servers['open']): Follower {
  const triedAt = new Map<string, number>();

  const follow = async (model: string): Promise<void> => {
    const aliases = await registry.getAliases(model);
    if (aliases.generation === 0) return;
    const { roles } = await open(model);
    if (aliases.generation < roles.obeyed().generation) return;
    const failedBefore = roles.refused()?.generation === aliases.generation;
    if (failedBefore && monotonic() - (triedAt.get(model) ?? -Infinity) < TRY_AGAIN_MS) return;
    triedAt.set(model, monotonic());
    await roles.pin(aliases);
  };
  // A store that is away was told of by whoever watches it.
  const readModels = (): Promise<readonly string[]> => registry.models().catch(() => []);
  return {
    poll: async () => {
      for (const model of await readModels()) {
        await follow(model).catch((error: unknown) => {
          log.error({ model, reason: messageOf(error) }, "the store's aliases are not obeyed");
        });
      }
    },
  };
}

function healthOf({ model, roles, logState }: ModelServer): ModelHealth {
  const { champion } = roles.current();
  const obeyed = roles.obeyed();
  const refused = roles.refused();
  return {
    name: model,
    ready: champion !== null || (obeyed.champion === null && refused === null),
    version: champion === null ? null : String(champion.version.ref.version),
    generation: obeyed.generation,
    refused,
    log: logHealth(logState()),
  };
}

function logHealth({ waiting, lost, problem }: LogState): ModelHealth['log'] {
  const told = problem === null ? null : { reason: problem.reason, since: instant(problem.since) };
  return { waiting, lost, problem: told };
}

function unknownModel(model: string, known: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'unknown-model',
    thing: 'model',
    value: model,
    allowed: known.length === 0 ? 'a model with a promoted version (there is none yet)' : known.join(', '),
    next: 'Models appear when their first version is promoted.',
  });
}
