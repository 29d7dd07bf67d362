import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { modelNow } from '../../policy/may-retrain.js';

/** The page a person reads under "Current Details" of `model/<name>`. */
export function lifecycleDetails(state: LifecycleState): string {
  const version = (ref: { version: number } | null): string =>
    ref === null ? 'none' : `version ${ref.version}`;
  const open = state.openRollout;
  const rows: [string, string][] = [
    ['champion', version(state.aliases.champion)],
    ['challenger', version(state.aliases.challenger)],
    ['previous', version(state.aliases.previous)],
    [
      'retrain',
      state.openRetrain === null
        ? 'none'
        : `${state.openRetrain.run} (${state.openRetrain.triggers.join(', ')})`,
    ],
    ['rollout', open === null ? 'none' : `${open.run}: ${open.phase}, waiting for ${open.waitingFor}`],
    ['queue', `${state.queue.length} waiting`],
    ['now', modelNow(state) ?? 'unknown'],
    ['ledger', `${state.ledger.nextSeq - 1} lines, ${state.outbox.length} waiting for the store`],
    ['paused', state.paused === null ? 'no' : `by ${state.paused.by}: ${state.paused.reason}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
  const where =
    open === null
      ? ''
      : `\n\nOpen rollout: [${open.run}](/namespaces/{namespace}/workflows/${encodeURIComponent(open.run)})`;
  return `## ${state.model}\n\n\`\`\`text\n${table}\n\`\`\`${where}`;
}
