import { checkEvidenceSchema, driftShareOf, skillOf } from '../../domain/check-evidence.js';
import type { LedgerLine } from '../../domain/ledger.js';
import type { Notification } from '../../domain/notification.js';
import type { Evidence, GateVerdict } from '../../domain/verdict.js';
import { getJsonArtifact } from '../../storage/objects/artifacts.js';
import type { NotificationPorts } from './ports.js';

/** The numbers of a message, and the metric that some of them are in. */
export type Measured = Pick<Notification, 'metric' | 'numbers'>;

const NOTHING: Measured = { metric: null, numbers: {} };
type Stored = Pick<NotificationPorts, 'registry' | 'store'>;

/** Errors on the holdout of a version, beside its champion and the naive forecast; nothing when they cannot be read. */
export async function holdoutOf({ registry }: Stored, model: string, version: number): Promise<Measured> {
  try {
    const { evaluation } = (await registry.getManifest(model, version)).manifest;
    const { metric, rows, candidate, champion, naive } = evaluation;
    const of = (values: typeof champion) => values?.[metric];
    return numbersOf(metric, { candidate: of(candidate), champion: of(champion), naive: of(naive), rows });
  } catch {
    return NOTHING; // the message is worth more than its numbers
  }
}

/** The same from the evidence of a retrain. */
export function summaryNumbers({ summary }: Evidence): Measured {
  const { metric, candidate, champion, naive, rows } = summary;
  return numbersOf(typeof metric === 'string' ? metric : null, { candidate, champion, naive, rows });
}

/** What a check measured of the champion and its inputs; nothing when it cannot be read. */
export async function checkNumbers({ store }: Stored, { evidence }: LedgerLine): Promise<Measured> {
  if (evidence?.artifact === undefined) return NOTHING;
  try {
    const found = await getJsonArtifact(store, evidence.artifact, checkEvidenceSchema);
    const skill = skillOf(found);
    return numbersOf(null, {
      liveError: skill?.error,
      skillRatio: skill?.ratio,
      skillRatioAtRelease: skill?.baseline,
      rows: skill?.rows,
      driftShare: driftShareOf(found),
    });
  } catch {
    return NOTHING;
  }
}

/** The comparison of a bake, when one was judged. */
export function bakeNumbers(verdicts: readonly GateVerdict[] = []): Measured['numbers'] {
  const { estimate, lower, upper, rows } = verdicts.find(({ gate }) => gate === 'bake')?.numbers ?? {};
  return numbersOf(null, { difference: estimate, lower, upper, rows }).numbers;
}

function numbersOf(metric: string | null, values: Readonly<Record<string, unknown>>): Measured {
  const numbers = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'number' && Number.isFinite(value) ? [[name, value] as const] : [],
  );
  return { metric, numbers: Object.fromEntries(numbers) };
}
