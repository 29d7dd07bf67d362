import type { Logger } from 'pino';
import { openOutcomeWriter } from '../storage/predictions/outcome-writer.js';
import { openPredictionWriter } from '../storage/predictions/prediction-writer.js';
import type { ServingClock } from './clock.js';
import type { ServingConfig } from './config.js';
import { logRows } from './infer/log-rows.js';
import { reproducibleIds, uniqueIds } from './infer/prediction-ids.js';
import type { Aliases } from '../domain/aliases.js';
import type { VersionRef } from '../domain/references.js';
import { messageOf } from './message-of.js';
import { pruneKept } from './roles/kept-versions.js';
import type { KeptState } from './kept-state.js';
import { openLogBook } from './log-book.js';
import { createModelServer, type ModelServer } from './model-server.js';
import { loadVersion, type VersionSource } from './roles/load-version.js';
import { obeyedChampions } from './roles/obeyed-champions.js';
import { createRoles } from './roles/roles.js';
import type { RequestTraces } from './request-traces.js';
import type { Lane } from './scoring/lane.js';
import { inTurns } from '../domain/turns.js';

/** What every model of a process shares. */
export interface OpenModelPorts {
  readonly config: Pick<ServingConfig, 'replica' | 'spool'>;
  readonly source: VersionSource;
  readonly kept: KeptState;
  readonly clock: ServingClock;
  readonly lanes: { readonly champion: Lane; readonly shadow: Lane };
  readonly log: Logger;
  /** Absent where traces are off. */
  readonly traces?: RequestTraces | undefined;
  monotonic(): number;
  /** How often this process's state was opened. */
  readonly start: number;
}

/** Opens model servers; what an earlier process left in their spool is stored by their first flush. */
export function modelOpener(ports: OpenModelPorts): (model: string) => Promise<ModelServer> {
  const { config, source, kept, clock, lanes } = ports;
  return async (model) => {
    const { replica, spool } = config;
    const writerOptions = { store: source.shared, model, replica, spool };
    const book = await openLogBook(model, openPredictionWriter(writerOptions), kept);
    const log = ports.log.child({ model });
    const inTurn = inTurns();
    let champions: readonly VersionRef[] = await kept.champions(model);
    const roles = createRoles(model, {
      load: (ref) => loadVersion(source, model, ref),
      championLane: lanes.champion,
      shadowLane: lanes.shadow,
      monotonic: ports.monotonic,
      savePin: kept.savePin,
      onShadowScored: ({ version, role }, receipt, scored) => {
        book.append(logRows(receipt, scored, { model, version, role }));
        ports.traces?.shadowScored({ model, version, role }, receipt);
      },
      onShadowFailed: ({ version, role }, error, rows) =>
        log.warn({ version, role, rows, reason: String(error) }, 'a shadow failed; its rows are dropped'),
      onSwap: (before, after) => {
        champions = obeyedChampions(champions, before, after);
        const keep = { aliases: after, champions };
        void inTurn(() => keepForRollback(ports, model, keep)).catch((error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'the local copies of versions are not complete'),
        );
        log.info(
          {
            generation: after.generation,
            version: after.champion?.version ?? null,
            before: before.champion?.version ?? null,
            challenger: after.challenger?.version ?? null,
            baking: after.baking,
          },
          'aliases obeyed',
        );
      },
    });
    return createModelServer({
      model,
      replica,
      clock,
      roles,
      log: book,
      traces: ports.traces,
      outcomes: openOutcomeWriter(writerOptions),
      champions: () => champions,
      ids: clock.stepped ? reproducibleIds(model, ports.start) : uniqueIds(),
    });
  };
}

/** So that a rollback works while the store is away: remembers and copies the versions to fall back to, and makes room. */
async function keepForRollback(
  { source, kept }: OpenModelPorts,
  model: string,
  keep: { readonly aliases: Aliases; readonly champions: readonly VersionRef[] },
): Promise<void> {
  await kept.saveChampions(model, keep.champions);
  const { champion, previous } = keep.aliases;
  for (const ref of [champion, previous]) if (ref !== null) await loadVersion(source, model, ref);
  await pruneKept(source.kept, model, keep);
}
