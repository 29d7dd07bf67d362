import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { MESSAGE } from '../../domain/messages.js';
import { lifecycleId, objectKey } from '../../domain/names.js';
import { instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { contradictions, type Contradictions, type LogFiles } from '../../engines/features/contradictions.js';
import { readForeignLog, type ForeignColumns, type ForeignLog } from '../../engines/features/foreign-log.js';
import { sha256, sha256OfFile } from '../../storage/objects/digest.js';
import { importLogFile } from '../../storage/predictions/import-log.js';
import { segmentsOf } from '../../storage/predictions/segments.js';
import { historyAnswerSchema } from './answers.js';
import { unknownModel } from './errors.js';
import type { Perennial } from './perennial.js';
import type { Asker } from './requests.js';

/** A prediction log of another system. */
export interface ImportPredictionsOptions extends Asker {
  /** The version that made these predictions: often the first, that was imported. */
  readonly version: number;
  /** Where the columns are not named `prediction_id`, `prediction`, and as the spec names event time and key. */
  readonly columns?: Partial<ForeignColumns> | undefined;
  /** Loads what can be used and leaves out the rest. @default false: one refused row refuses the file */
  readonly skipRefused?: boolean | undefined;
}

/** What became of a log. */
export interface ImportedPredictions {
  /** `repeated`: the same rows were loaded before; nothing changed. */
  readonly outcome: 'taken' | 'repeated';
  readonly version: number;
  readonly predictions: number;
  readonly labels: number;
  readonly refused: ForeignLog['refused'];
  readonly from: string;
  readonly to: string;
  /** Up to where the prediction log is complete now. */
  readonly watermark: string | null;
}

/**
 * Loads a prediction log that another system wrote (CSV, Parquet, JSON lines) as history of a model: checks look at it as if a replica had
 * logged it.
 *
 * Failure semantics: rows are stored under a digest of what they say before the model is told, so calling again after any failure, or with
 * the same rows in another order, gives the same history once. Throws `rows-refused` naming rows and reasons, also where history that was
 * loaded before says otherwise of a prediction; `rows-unreadable`,
 * `unknown-version`, `unknown-model`.
 */
export async function importPredictions(
  perennial: Perennial,
  model: string,
  path: string,
  options: ImportPredictionsOptions,
): Promise<ImportedPredictions> {
  const { specDigest } = await perennial.state(model);
  if (specDigest === null) throw unknownModel(model, []);
  const spec = await perennial.registry.getSpec(model, specDigest);
  const { manifest } = await perennial.manifest(model, options.version);
  const folder = await mkdtemp(join(tmpdir(), 'perennial-import-'));
  try {
    const limits = { threads: availableParallelism(), memoryLimit: '2GB', tempDirectory: folder };
    const log = await readForeignLog({
      ...{ spec, path, folder, columns: columnsOf(spec, options.columns) },
      ...{ version: options.version, classes: manifest.classes, until: instant(Date.now()) },
      limits,
    });
    mustBeUsable(path, log, options.skipRefused === true);
    const files = { predictions: [log.predictions], outcomes: [log.outcomes] };
    mustAgree(path, await contradictions(limits, files, await takenLogs(perennial, model)));
    return await store(perennial, model, { log, options });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function columnsOf(spec: ModelSpec, told: Partial<ForeignColumns> = {}): ForeignColumns {
  const { eventTime, key } = spec.source;
  const named = Object.entries(told).filter(([, name]) => name !== undefined);
  const defaults = { id: 'prediction_id', prediction: 'prediction', time: eventTime, key: key ?? eventTime };
  return { ...defaults, ...Object.fromEntries(named) };
}

function mustBeUsable(path: string, { rows, accepted, refused }: ForeignLog, skip: boolean): void {
  if (accepted > 0 && (refused.length === 0 || skip)) return;
  const reasons = refused.map(
    ({ because, rows: n, first }) =>
      `${n} × ${because} (row ${first.join(', ')}${n > first.length ? ', …' : ''})`,
  );
  throw new PerennialError({
    type: 'rows-refused',
    thing: `prediction log ${path}`,
    value: rows === 0 ? 'without rows' : `${rows - accepted} of ${rows} rows that cannot be used`,
    allowed: reasons.length === 0 ? 'at least one row' : `none: ${reasons.join('; ')}`,
    next: accepted > 0 ? 'Mend them, or leave them out with --skip-refused.' : 'Mend them.',
  });
}

/** What was loaded as history before, by the ledger: a log that the model was never told of is none. */
async function takenLogs(perennial: Perennial, model: string): Promise<LogFiles> {
  const ledger = await perennial.ledger(model);
  const logs = ledger.flatMap(({ kind, evidence }) => {
    const log = kind === 'history-imported' ? evidence?.summary['log'] : undefined;
    return typeof log === 'string' ? [log] : [];
  });
  return segmentsOf(perennial.store, model, [...new Set(logs)]);
}

/** Rows of the log are never taken back, so that both would stand. */
function mustAgree(path: string, { predictions, labels, first }: Contradictions): void {
  if (predictions + labels === 0) return;
  const what = [
    ...(predictions === 0 ? [] : [`${predictions} predictions`]),
    ...(labels === 0 ? [] : [`${labels} labels`]),
  ];
  throw new PerennialError({
    type: 'rows-refused',
    thing: `prediction log ${path}`,
    value: `${what.join(' and ')} that contradict history`,
    allowed: `new predictions, or rows that say again what is history (not so: ${first.join(', ')})`,
    next: 'Leave them out of the file; post corrected labels to serving as feedback.',
  });
}

async function store(
  perennial: Perennial,
  model: string,
  { log, options }: { readonly log: ForeignLog; readonly options: ImportPredictionsOptions },
): Promise<ImportedPredictions> {
  const { version, by = perennial.settings.by, reason = '' } = options;
  const digests = [await sha256OfFile(log.predictions), await sha256OfFile(log.outcomes)];
  const name = `imported-${sha256(digests.map((file) => file.sha256).join()).slice(0, 20)}`;
  await importLogFile(perennial.store, `${objectKey.outcomes(model)}${name}/`, log.outcomes);
  await importLogFile(perennial.store, `${objectKey.predictions(model)}${name}/`, log.predictions);
  const { accepted: predictions, labels, refused } = log;
  const span = { from: log.from ?? '', to: log.to ?? '' };
  const leftOut = refused.reduce((sum, { rows }) => sum + rows, 0);
  const door = await perennial.temporal();
  const answer = await door.update({
    workflowId: lifecycleId(model),
    name: MESSAGE.importHistory,
    input: { version, log: name, predictions, labels, refused: leftOut, ...span, by, reason },
    notFound: () => unknownModel(model, []),
  });
  return { ...historyAnswerSchema.parse(answer), version, predictions, labels, refused, ...span };
}
