import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { modelNow } from '../../policy/may-retrain.js';
import { alignedPairs, readableTime, textBlock } from '../aligned-text.js';

const WAITS = { 'event-time': 'event time', person: 'a person', machine: 'a machine' } as const;

/** The page a person reads under "Current Details" of `model/<name>`. */
export function lifecycleDetails(state: LifecycleState): string {
  const { aliases, openRetrain, openRollout: open, paused, ledger, outbox } = state;
  const version = (ref: { version: number } | null): string =>
    ref === null ? 'none' : `version ${ref.version}`;
  const now = modelNow(state);
  const waiting = outbox.length === 0 ? '' : `, ${outbox.length} waiting for the store`;
  const rows: [string, string][] = [
    ['champion', `${version(aliases.champion)}${aliases.baking ? ', baking' : ''}`],
    ['challenger', version(aliases.challenger)],
    ['previous', version(aliases.previous)],
    [
      'retrain',
      openRetrain === null ? 'none' : `number ${openRetrain.n}, asked by ${openRetrain.triggers.join(', ')}`,
    ],
    [
      'rollout',
      open === null
        ? 'none'
        : `version ${open.version.version}: ${open.phase}, waits for ${WAITS[open.waitingFor]}`,
    ],
    ['requests', state.queue.length === 0 ? 'none waiting' : `${state.queue.length} waiting`],
    ['now', now === null ? 'unknown' : readableTime(now)],
    ['ledger', `${ledger.nextSeq - 1} lines${waiting}`],
    ['paused', paused === null ? 'no' : `by ${paused.by}: ${paused.reason}`],
  ];
  const decide = open?.waitingFor === 'person' ? ' **Someone must decide there.**' : '';
  const links = [
    ...(open === null ? [] : [`Open rollout: ${link(open.run)}.${decide}`]),
    ...(openRetrain === null ? [] : [`Open retrain: ${link(openRetrain.run)}.`]),
  ];
  return [`## ${state.model}`, textBlock(alignedPairs(rows)), ...links].join('\n\n');
}

const link = (run: string): string =>
  `[${run}](/namespaces/{namespace}/workflows/${encodeURIComponent(run)})`;
