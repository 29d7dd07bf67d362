import { z } from 'zod';
import type { LedgerKind, LedgerLine } from '../../domain/ledger.js';
import type { TriggerSpec } from '../../domain/spec/spec.js';
import type { NotificationPorts } from './ports.js';

/** How far back the check before is looked for. @format lines of the ledger */
const MOST_LINES = 100;
type Ports = Pick<NotificationPorts, 'registry' | 'temporal'>;

/** Triggers that only alert and fire in this check, and did not in the one measured before. */
export async function newAlerts(ports: Ports, line: LedgerLine): Promise<string[]> {
  const now = firedIn(line);
  if (now.length === 0) return [];
  const alerting = await alertingTriggers(ports, line.model);
  const before = await newestBefore(ports, line, ['check']);
  const then = before === undefined ? [] : firedIn(before);
  return now.filter((name) => (alerting?.has(name) ?? true) && !then.includes(name));
}

/** A check that could not be measured is told once in a row; everything else always. */
export async function worthTelling(ports: Ports, line: LedgerLine): Promise<boolean> {
  if (line.kind !== 'check-failed') return true;
  return (await newestBefore(ports, line, ['check', 'check-failed']))?.kind !== 'check-failed';
}

const firedIn = ({ evidence }: LedgerLine): string[] =>
  Object.entries(evidence?.summary ?? {}).flatMap(([name, outcome]) => (outcome === 'fired' ? [name] : []));

async function newestBefore(
  { registry }: Ports,
  { model, seq }: LedgerLine,
  kinds: readonly LedgerKind[],
): Promise<LedgerLine | undefined> {
  for (let at = seq - 1; at >= Math.max(1, seq - MOST_LINES); at--) {
    const line = await registry.ledgerLine(model, at);
    if (line !== undefined && kinds.includes(line.kind)) return line;
  }
  return undefined;
}

const specDigestSchema = z.object({ specDigest: z.string().nullable() });

/** By the names that a check gives them; undefined while the spec cannot be read: then all of them. */
async function alertingTriggers(
  { registry, temporal }: Ports,
  model: string,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { specDigest } = specDigestSchema.parse(await temporal.state(model));
    if (specDigest === null) return undefined;
    const { triggers } = await registry.getSpec(model, specDigest);
    return new Set(triggers.flatMap(nameIfAlert));
  } catch {
    return undefined;
  }
}

function nameIfAlert(trigger: TriggerSpec): string[] {
  if (trigger.kind === 'schedule' || trigger.action !== 'alert') return [];
  const estimated = trigger.kind === 'performance' && trigger.labels === 'estimated';
  return [estimated ? `${trigger.kind}-estimated` : trigger.kind];
}
