import { metricInput } from '../../activities/metric-rows.js';
import type { Perennial } from '../../client/sdk/perennial.js';
import { typedRows } from '../../client/sdk/infer.js';
import type { LedgerLine } from '../../domain/ledger.js';
import { epoch, instant } from '../../domain/references.js';
import { createWorkerScorer } from '../../engines/inference/index.js';
import { metricOf } from '../../stats/index.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import { rowsIn, type Between, type ReplayData, type ReplayRow } from './data.js';

/** What served a month was worth, on all of its rows. */
export interface MonthServed extends Between {
  readonly version: number;
  readonly rows: number;
  /** The spec's metric of the champion that served when the month began, and of the first version. */
  readonly served: number | null;
  readonly first: number | null;
}

/** Scores every month of a replay with the champion of its first day and with the first version. */
export async function servedByMonth(
  data: ReplayData & { readonly perennial: Perennial },
  { from, to }: Between,
  ledger: readonly LedgerLine[],
): Promise<MonthServed[]> {
  const months: MonthServed[] = [];
  for (const span of monthsOf(from, to)) {
    const rows = (await rowsIn(data, span, Number.POSITIVE_INFINITY)).filter(({ label }) => label !== null);
    const version = championAt(ledger, span.from);
    const served = await metricOfVersion(data, version, rows);
    const first = version === 1 ? served : await metricOfVersion(data, 1, rows);
    months.push({ ...span, version, rows: rows.length, served, first });
  }
  return months;
}

function championAt(ledger: readonly LedgerLine[], at: string): number {
  const before = ledger.filter(
    ({ effectiveFrom }) => effectiveFrom !== null && epoch(effectiveFrom) <= epoch(at),
  );
  return before.at(-1)?.champion ?? 1;
}

async function metricOfVersion(
  { perennial, spec }: ReplayData & { readonly perennial: Perennial },
  version: number,
  rows: readonly ReplayRow[],
): Promise<number | null> {
  const { manifest } = await perennial.manifest(spec.model, version);
  const { inputs, classes } = manifest;
  const scorer = createWorkerScorer({
    onnx: await getArtifact(perennial.store, manifest.onnx),
    inputs,
    classes,
  });
  try {
    const said = await scorer.score(
      typedRows(
        inputs,
        rows.map((row) => row.inputs),
      ),
    );
    const labels = rows.map(({ label }) => plainNumber(label ?? ''));
    const of = { task: spec.task.kind, classes, labels };
    const scores = said.scores === null ? null : Float64Array.from(said.scores);
    const input = metricInput(of, { predictions: [...said.predictions], scores });
    const outcome = metricOf(spec.task.kind, spec.task.metric).compute(input);
    return outcome.kind === 'value' ? outcome.value : null;
  } finally {
    await scorer.dispose();
  }
}

/** `1.0` of a float column is the class `1`. */
const plainNumber = (text: string): string => (/^-?\d+\.0$/.test(text) ? text.slice(0, -2) : text);

function* monthsOf(from: string, to: string): Generator<Between> {
  const day = new Date(from);
  let at = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1);
  for (;;) {
    const begin = new Date(at);
    const end = Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1);
    if (end > epoch(to)) return;
    yield { from: instant(at), to: instant(end) };
    at = end;
  }
}
