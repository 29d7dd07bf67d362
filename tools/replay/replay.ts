import { createSteppedClock, type SteppedClock } from '../../client/demo/stepped-clock.js';
import { moveClock } from '../../client/demo/traffic.js';
import { inferRows } from '../../client/sdk/infer.js';
import type { Perennial } from '../../client/sdk/perennial.js';
import { millis } from '../../domain/duration.js';
import type { LedgerLine } from '../../domain/ledger.js';
import { PerennialError } from '../../domain/errors.js';
import { epoch, instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { BEGIN, deliver, rowsIn, type Between, type ReplayData } from './data.js';

/** A model that lives through data that is there already. */
export interface ReplayOptions {
  readonly spec: ModelSpec;
  /** Data root with all of the data; below `to` the model sees what its time has brought. */
  readonly from: string;
  readonly to: string;
  readonly perennial: Perennial;
  /** A serving replica on a stepped clock. */
  readonly servingUrl: string;
  /** Rows before this time are there when the spec is applied. */
  readonly historyUntil: string;
  readonly until: string;
  /** Event time of one step. @default the spec's `monitor.every` */
  readonly stepMs?: number;
  /** Requests of one step, at most. @default 300 */
  readonly requestsPerStep?: number;
  /** Who approves every candidate. */
  readonly approver: string;
  /** Called with every new line of the ledger. */
  readonly tell?: (line: LedgerLine) => void;
  /** Called after each step; `true` ends the replay. */
  readonly enough?: (ledger: readonly LedgerLine[], step: number) => Promise<boolean> | boolean;
  readonly signal: AbortSignal;
}

/** Rows of one request. */
const BATCH = 100;

/**
 * Applies a spec and replays its data as traffic: each step posts requests, delivers rows and labels whose time has come, moves the
 * stepped clock and waits until the model has settled. Gives the whole ledger. Throws `not-settled` when the model is stuck.
 */
export async function replay(options: ReplayOptions): Promise<LedgerLine[]> {
  const { spec, perennial, historyUntil, until, approver, servingUrl } = options;
  const data: ReplayData = options;
  const start = instant(epoch(historyUntil) + millis(spec.source.labels.delay));
  await deliver(data, { from: BEGIN, to: historyUntil });
  await deliverLabels(data, { from: historyUntil, to: start });
  await moveClock({ url: servingUrl }, start);
  await perennial.apply(spec, { by: approver, reason: 'replay' });
  const clock = clockOf(options, await anchorOf(options));
  await clock.settle(start);
  await deliver(data, { from: historyUntil, to: start });
  const step = options.stepMs ?? millis(spec.monitor.every);
  const ledger = await tellNew(options, []);
  for (let at = epoch(start), n = 1; at < epoch(until); at += step, n++) {
    if ((await options.enough?.(ledger, n)) === true) break;
    const span = { from: instant(at), to: instant(at + step) };
    await post(options, span);
    await deliver(data, span);
    await moveClock({ url: servingUrl }, span.to);
    await clock.advance(span.to);
    ledger.push(...(await tellNew(options, ledger)));
  }
  return ledger;
}

/** Only the labels of a span: rows of the wait for the first labels come after the first version has been trained. */
async function deliverLabels(data: ReplayData, span: Between): Promise<void> {
  const { labels } = data.spec.source;
  if (labels.from === undefined || labels.arrival === undefined) return;
  const source = {
    ...data.spec.source,
    rows: labels.from,
    eventTime: labels.arrival,
    labels: { delay: labels.delay },
  };
  await deliver({ ...data, spec: { ...data.spec, source } }, span);
}

async function anchorOf({ perennial, spec }: ReplayOptions): Promise<string> {
  const { anchor } = await perennial.state(spec.model);
  if (anchor !== null) return anchor;
  throw new PerennialError({
    type: 'not-settled',
    thing: `model ${spec.model}`,
    value: 'no first as-of',
    allowed: 'rows to begin with',
    next: 'Look at its ledger and at the log of the worker.',
  });
}

function clockOf(options: ReplayOptions, anchor: string): SteppedClock {
  const { perennial, spec, approver, signal } = options;
  return createSteppedClock({
    ...{ perennial, spec, anchor, signal },
    onPerson: async () => {
      const evidence = await perennial.evidence(spec.model);
      if (evidence !== null)
        await perennial.decide(spec.model, 'approve', {
          version: evidence.version,
          by: approver,
          reason: 'replay',
        });
    },
    onSettled: () => Promise.resolve(),
  });
}

async function post(options: ReplayOptions, span: Between): Promise<void> {
  const { spec, servingUrl, requestsPerStep = 300 } = options;
  const inputs = Object.entries(spec.features).map(([name, { type }]) => ({ name, type }));
  const rows = (await rowsIn(options, span, requestsPerStep)).map(({ inputs: row }) => row);
  for (let from = 0; from < rows.length; from += BATCH)
    await inferRows({ url: servingUrl }, spec.model, inputs, rows.slice(from, from + BATCH));
}

async function tellNew(
  { perennial, spec, tell }: ReplayOptions,
  known: readonly LedgerLine[],
): Promise<LedgerLine[]> {
  const lines = (await perennial.ledger(spec.model)).slice(known.length);
  for (const line of lines) tell?.(line);
  return lines;
}

/** A ledger line for people. */
export const describeLine = ({ asOf, kind, who, why, version }: LedgerLine): string =>
  `${(asOf ?? '').slice(0, 10).padEnd(10)}  ${kind.padEnd(16)} ${version === null ? '' : `v${version} `}${why} (${who})`;
