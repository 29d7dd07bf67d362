import { resolveRoot, resolveStore } from '../../../storage/objects/open-store.js';
import { readCommandsFile } from '../../commands-file.js';
import { readWebhooksFile } from '../../webhooks-file.js';
import { runInForeground } from '../../processes/foreground.js';
import { scratchFolder } from '../../processes/scratch-folder.js';
import { pluginVariable } from '../../plugin-files.js';
import { approvers, collect } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';

interface WorkerFlags {
  readonly store?: string;
  readonly data?: string[];
  readonly plugin?: string[];
  readonly serving?: string[];
  readonly taskQueue?: string;
  readonly approvers?: Record<string, string[]>;
  readonly commands?: string;
  readonly webhooks?: string;
  readonly metrics?: string;
  readonly scratch?: string;
}

/** `perennial worker` */
export function addWorker(cli: Cli): void {
  cli.add<WorkerFlags>({
    usage: 'worker',
    summary: 'a worker, in the foreground',
    details: 'Runs workflows, training and checks. Temporal by TEMPORAL_*.',
    example: 'perennial worker --store /srv/perennial --data /srv/data --serving http://10.0.0.5:8080',
    connects: false,
    flags: (command) =>
      command
        .option('--store <address>', 'object store: a folder or s3://bucket/prefix (PERENNIAL_STORE)')
        .option('--data <folder>', 'data root; may be repeated (PERENNIAL_DATA_ROOTS)', collect)
        .option('--serving <url>', 'serving replica; may be repeated (PERENNIAL_SERVING_URLS)', collect)
        .option(
          '--plugin <module>',
          'module with trainers, metrics, gates and triggers; may be repeated (PERENNIAL_PLUGINS)',
          collect,
        )
        .option('--task-queue <name>', 'task queue (PERENNIAL_TASK_QUEUE, perennial)')
        .option('--metrics <address>', 'where GET /metrics answers, e.g. 127.0.0.1:9464 (PERENNIAL_METRICS)')
        .option(
          '--approvers <group=names>',
          'who may approve; may be repeated (PERENNIAL_APPROVERS)',
          approvers,
        )
        .option('--commands <file>', 'programs that specs may name as trainer (PERENNIAL_COMMANDS)')
        .option('--webhooks <file>', 'whom to tell what (PERENNIAL_WEBHOOKS)')
        .option('--scratch <folder>', 'copies of what it reads (PERENNIAL_STATE, a temporary folder)'),
    action: async ({ io }, __, flags) => {
      const commands =
        flags.commands === undefined ? {} : { PERENNIAL_COMMANDS: await readCommandsFile(flags.commands) };
      const webhooks =
        flags.webhooks === undefined ? {} : { PERENNIAL_WEBHOOKS: await readWebhooksFile(flags.webhooks) };
      const code = await runInForeground('worker/main.ts', {
        ...{ ...environment(flags), ...commands, ...webhooks },
        PERENNIAL_STATE: scratchFolder(flags.scratch ?? io.env['PERENNIAL_STATE']),
      });
      return code === 0 ? EXIT.ok : EXIT.error;
    },
  });
}

function environment(flags: WorkerFlags): Record<string, string> {
  const { store, data, serving, taskQueue, metrics } = flags;
  return {
    ...pluginVariable(flags.plugin),
    ...(store !== undefined && { PERENNIAL_STORE: resolveStore(store) }),
    ...(data !== undefined && { PERENNIAL_DATA_ROOTS: data.map(resolveRoot).join(':') }),
    ...(serving !== undefined && { PERENNIAL_SERVING_URLS: serving.join(',') }),
    ...(taskQueue !== undefined && { PERENNIAL_TASK_QUEUE: taskQueue }),
    ...(metrics !== undefined && { PERENNIAL_METRICS: metrics }),
    ...(flags.approvers !== undefined && { PERENNIAL_APPROVERS: JSON.stringify(flags.approvers) }),
  };
}
