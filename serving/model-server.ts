import type { Aliases } from '../domain/aliases.js';
import { PerennialError } from '../domain/errors.js';
import type { ServingStatus } from '../domain/predictions.js';
import { instant, type VersionRef } from '../domain/references.js';
import type { LogState } from '../storage/predictions/segment-log.js';
import type { OutcomeWriter } from '../storage/predictions/outcome-writer.js';
import type { ServingClock } from './clock.js';
import { readFeedback } from './feedback.js';
import { inferAnswer, type InferAnswer } from './infer/answer.js';
import { readInferRequest } from './infer/infer-request.js';
import { logRows } from './infer/log-rows.js';
import type { PredictionIds } from './infer/prediction-ids.js';
import { stampReceipt } from './infer/receipt.js';
import type { LogBook } from './log-book.js';
import type { RequestTraces } from './request-traces.js';
import type { Assignment, Champion } from './roles/assignment.js';
import type { Roles } from './roles/roles.js';

/** One model as the HTTP routes see it. Methods throw PerennialErrors that the routes translate. */
export interface ModelServer {
  readonly model: string;
  readonly roles: Roles;
  /** Champions obeyed here that were not rolled back, newest first. */
  champions(): readonly VersionRef[];
  /** How the prediction log stands here. */
  logState(): LogState;
  /** How long the oldest row that the store may not have yet has waited; 0 when it has all. @format milliseconds */
  logBehind(): number;
  /** Scores a request body; every row of the answer is in the log. `version`, when given, must be the champion's. */
  infer(body: unknown, version?: string): Promise<InferAnswer>;
  /** Obeys aliases; the answer names the clock from which on they are obeyed. */
  pin(aliases: Aliases): Promise<{ generation: number; clock: string; champion: number | null }>;
  /** Stores labels durably; repeated ones are counted and left out. */
  feedback(body: unknown): Promise<{ accepted: number; duplicates: number }>;
  /** Every request received before its `clock` is scored in every role (or counted as dropped) and in the store, as is every label. */
  status(): Promise<ServingStatus>;
  /** Makes the log durable in the store. Throws `store-unavailable`; the rows then stay in the spool. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What a model server needs. */
export interface ModelServerPorts {
  readonly model: string;
  readonly replica: string;
  readonly clock: ServingClock;
  readonly roles: Roles;
  readonly log: LogBook;
  readonly outcomes: OutcomeWriter;
  readonly ids: PredictionIds;
  readonly traces?: RequestTraces | undefined;
  /** Champions obeyed here that were not rolled back, oldest first. */
  champions(): readonly VersionRef[];
}

/** Longest that a status waits for shadows before it answers without them. @format milliseconds */
const SHADOW_PATIENCE_MS = 8000;

/** Serves one model. */
export function createModelServer(ports: ModelServerPorts): ModelServer {
  const { model, roles, clock, log, outcomes } = ports;
  const inFlight = new Set<Promise<unknown>>();

  const settle = async (): Promise<void> => {
    await Promise.allSettled([...inFlight]);
    await within(SHADOW_PATIENCE_MS, roles.shadowsSettled());
  };

  return {
    model,
    roles,
    logState: log.state,
    logBehind: log.behind,
    champions: () => ports.champions().toReversed(),
    infer: (body, wanted) => {
      // Taken once: answer, version and log rows of this request all come from this assignment.
      const by = roles.current();
      by.requests.begin();
      const answered = answer(ports, by, { body, wanted });
      inFlight.add(answered);
      const done = (): void => {
        inFlight.delete(answered);
        by.requests.done(1);
      };
      answered.then(done, done);
      return answered;
    },
    pin: async (aliases) => {
      const obeyed = (await roles.pin(aliases)).aliases;
      return {
        generation: obeyed.generation,
        clock: instant(clock.now()),
        champion: obeyed.champion?.version ?? null,
      };
    },
    feedback: async (body) => {
      const { version } = serving(roles.current().champion, model, undefined);
      const { contract, manifest } = version;
      const { clockSkewMs } = contract;
      const { task, classes } = manifest;
      const context = { task, classes, now: clock.now(), stepped: clock.stepped, clockSkewMs };
      const counted = outcomes.append(readFeedback(body, context));
      // Also when all were duplicates: the first attempt may have ended before it was durable.
      await outcomes.flush();
      return counted;
    },
    status: async () => {
      const at = clock.now();
      await settle();
      await log.flush();
      // A label that serving has stamped must not come into the store behind the back of who looks from this clock on.
      await outcomes.flush();
      return { replica: ports.replica, ...statusOf(ports), clock: instant(at), stepped: clock.stepped };
    },
    flush: log.flush,
    close: async () => {
      await settle();
      const closed = await Promise.allSettled([log.close(), outcomes.close()]);
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}

async function answer(
  { model, clock, ids, log, traces }: ModelServerPorts,
  by: Assignment,
  { body, wanted }: { readonly body: unknown; readonly wanted: string | undefined },
): Promise<InferAnswer> {
  const now = clock.now();
  const { version, batcher } = serving(by.champion, model, wanted);
  const request = readInferRequest(body, version.contract);
  const receipt = stampReceipt(request, version.contract, { now, stepped: clock.stepped, ids });
  const scored = await batcher.score(request.rows);
  const number = version.ref.version;
  log.append(logRows(receipt, scored, { model, version: number, role: 'champion' }));
  if (by.shadows.length > 0) traces?.offered(receipt);
  for (const { queue } of by.shadows) queue.offer(request.rows, receipt);
  return inferAnswer({ model, version: number, id: request.id, ids: receipt.ids, scored });
}

function statusOf({
  model,
  roles,
  log,
}: ModelServerPorts): Omit<ServingStatus, 'replica' | 'clock' | 'stepped'> {
  const { aliases, champion, shadows } = roles.current();
  const versionAs = (role: string): number | null =>
    shadows.find((shadow) => shadow.role === role)?.version.ref.version ?? null;
  const newest = log.newest();
  return {
    model,
    generation: aliases.generation,
    champion: champion?.version.ref.version ?? null,
    shadow: versionAs('shadow'),
    reverseShadow: versionAs('reverse-shadow'),
    newestEvent: newest === undefined ? null : instant(newest),
    lost: log.lost(),
    shadowDropped: roles.dropped(),
    shadowBreaker: shadows.some(({ queue }) => queue.state() === 'open') ? 'open' : 'closed',
    refused: roles.refused(),
  };
}

function serving(champion: Champion | null, model: string, wanted: string | undefined): Champion {
  if (champion === null) {
    throw new PerennialError({
      type: 'no-champion',
      thing: `champion of model ${model}`,
      value: null,
      allowed: 'a promoted version',
      next: `See \`perennial status ${model}\`: no version has been promoted, or it could not be loaded here.`,
      retryable: true,
    });
  }
  const { version } = champion.version.ref;
  if (wanted === undefined || wanted === String(version)) return champion;
  throw new PerennialError({
    type: 'unknown-version',
    thing: `version of model ${model}`,
    value: wanted,
    allowed: `${version}, which is serving`,
    next: 'Leave the version out to be answered by whatever serves; answers name their version.',
  });
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
