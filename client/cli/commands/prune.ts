import { pruneStore } from '../../sdk/prune.js';
import { durationText } from '../arguments.js';
import type { Cli } from '../cli.js';

const MIB = 1024 * 1024;
const SHOWN = 10;

/** `perennial prune` */
export function addPrune(cli: Cli): void {
  cli.add<{ olderThan: string; delete?: boolean }>({
    usage: 'prune',
    summary: 'find what nothing refers to; with --delete, delete it',
    details:
      'Versions, specs, the ledger and the prediction log are never touched, nor what they or a running model refer to. ' +
      'Needs Temporal, to ask the models.',
    example: 'perennial prune --older-than "14 days"',
    flags: (command) =>
      command
        .option('--older-than <duration>', 'leave what is younger, at least 2 days', durationText, '14 days')
        .option('--delete', 'delete it; without, nothing changes'),
    action: ({ withClient, print }, _arguments, options) =>
      withClient(async (perennial) => {
        const { olderThan } = options;
        const report = await pruneStore(perennial, options);
        const { garbage, garbageBytes, referred, young, deleted } = report;
        const size = `${(garbageBytes / MIB).toFixed(1)} MiB`;
        print(report, () => [
          `${deleted ? 'deleted' : 'nothing refers to'} ${garbage.length} objects, ${size}`,
          ...garbage.slice(0, SHOWN).map(({ key, bytes }) => `  ${key}  ${bytes} bytes`),
          ...(garbage.length > SHOWN ? [`  and ${garbage.length - SHOWN} more (--json lists them)`] : []),
          `kept: ${referred} referred to, ${young} younger than ${olderThan}`,
          ...(deleted || garbage.length === 0 ? [] : ['add --delete to delete them']),
        ]);
        return undefined;
      }),
  });
}
