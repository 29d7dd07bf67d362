import { join } from 'node:path';
import { LOCAL_S3 } from '../../../storage/objects/open-store.js';
import { readCommandsFile } from '../../commands-file.js';
import { readWebhooksFile } from '../../webhooks-file.js';
import { pluginVariable } from '../../plugin-files.js';
import { createShutdown, type Shutdown } from '../../processes/shutdown.js';
import type { Child } from '../../processes/child.js';
import { startStack, type Stack } from '../../processes/stack.js';
import { supervise } from '../../processes/supervise.js';
import { resolveSettings } from '../../sdk/settings.js';
import { temporalTarget } from '../../servers/connect.js';
import { howToReachS3 } from '../../servers/s3-server.js';
import { approvers, collect, portNumber } from '../arguments.js';
import type { Cli, Context } from '../cli.js';
import { EXIT } from '../exit-codes.js';

interface UpFlags {
  readonly data?: string[];
  readonly approvers?: Record<string, string[]>;
  readonly commands?: string;
  readonly webhooks?: string;
  readonly plugin?: string[];
  readonly port?: number;
  readonly uiPort?: number;
  readonly servingPort?: number;
  readonly metricsPort?: number;
}

/** `perennial up` */
export function addUp(cli: Cli): void {
  cli.add<UpFlags>({
    usage: 'up',
    summary: 'Temporal, a worker and serving, until Ctrl-C',
    details: 'One process tree; the next start goes on where it was stopped.',
    example: 'perennial up --data ./data --approvers ml-leads=ada,grace',
    flags: (command) =>
      command
        .option(
          '--data <folder>',
          'folder below which specs may name data files; may be repeated (default: .)',
          collect,
        )
        .option(
          '--approvers <group=names>',
          'who may approve; may be repeated (default: ml-leads=<you>)',
          approvers,
        )
        .option('--commands <file>', 'programs that specs may name as trainer, by name')
        .option('--webhooks <file>', 'whom to tell when somebody must decide or something was refused')
        .option('--plugin <module>', 'trainers, metrics, gates and triggers; may be repeated', collect)
        .option('--port <port>', 'Temporal port', portNumber, 7233)
        .option('--ui-port <port>', 'Temporal Web UI port', portNumber, 8233)
        .option('--serving-port <port>', 'serving port', portNumber, 8080)
        .option('--metrics-port <port>', 'port of the worker’s metrics, 0 for a free one', portNumber, 0),
    action: async (context, _, flags) => {
      const shutdown = createShutdown();
      try {
        const stack = await startUp(context, flags, shutdown);
        context.print(stack.running, () => whatRuns(stack, context));
        await keepUp(stack, shutdown, context);
        context.io.note('stopping');
        return EXIT.ok;
      } catch (error) {
        if (!shutdown.signal.aborted) throw error;
        context.io.note('interrupted while starting');
        return EXIT.interrupted;
      } finally {
        await shutdown.run();
        shutdown.release();
      }
    },
  });
}

async function startUp({ io, where }: Context, flags: UpFlags, shutdown: Shutdown): Promise<Stack> {
  const ownS3 = (where.store ?? io.env['PERENNIAL_STORE']) === LOCAL_S3;
  const settings = resolveSettings(ownS3 ? { ...where, store: '.' } : where, io.env);
  const target = temporalTarget({
    ...(settings.address !== undefined && { address: settings.address }),
    ...(settings.namespace !== undefined && { namespace: settings.namespace }),
    env: io.env,
  });
  return startStack({
    state: settings.state,
    store: ownS3 ? LOCAL_S3 : settings.store,
    dataRoots: flags.data ?? ['.'],
    approvers: flags.approvers ?? { 'ml-leads': [settings.by] },
    ...(flags.commands !== undefined && { commands: await readCommandsFile(flags.commands) }),
    ...(flags.webhooks !== undefined && { webhooks: await readWebhooksFile(flags.webhooks) }),
    plugins: pluginVariable(flags.plugin).PERENNIAL_PLUGINS,
    clock: 'wall',
    staged: false,
    temporal: target.from === 'default' ? undefined : target,
    taskQueue: settings.taskQueue,
    temporalPort: flags.port,
    uiPort: flags.uiPort,
    servingPort: flags.servingPort,
    servingToken: settings.servingToken,
    metricsPort: flags.metricsPort,
    progress: io.note,
    shutdown,
  });
}

function whatRuns({ running, worker, s3, codec }: Stack, { paint, where, io }: Context): string[] {
  const folder = resolveSettings(where.state === undefined ? {} : { state: where.state }, io.env).state;
  const state = where.state === undefined ? '' : ` --state ${where.state}`;
  return [
    paint('strong', 'Perennial is up. Ctrl-C stops it; the next `perennial up` goes on from there.'),
    `  Temporal   ${running.address}, namespace ${running.namespace}, task queue ${running.taskQueue}`,
    ...(running.ui === null ? [] : [`  Web UI     ${running.ui}`]),
    ...(codec === null ? [] : [`  codec      ${codec}; for the CLI: temporal --codec-endpoint ${codec} …`]),
    `  serving    ${running.serving ?? ''}`,
    `  worker     process ${worker().pid}`,
    ...pluginLines(worker()),
    `  metrics    ${running.metrics ?? ''}/metrics (worker), ${running.serving ?? ''}/metrics (serving)`,
    `  store      ${running.store}`,
    ...(s3 === undefined ? [] : [`  S3         ${s3.endpoint}; for other commands: ${howToReachS3(s3)}`]),
    `  data       ${running.dataRoots.join(', ')}`,
    `  state      ${folder}, logs in ${join(folder, 'logs')}`,
    `Next: perennial apply <spec>${state}, then perennial status${state}`,
  ];
}

/** The plug-ins that the worker said it has loaded. */
function pluginLines({ ready }: Child): string[] {
  const { plugins } = ready;
  return Array.isArray(plugins) ? plugins.map((line) => `  plug-in    ${String(line)}`) : [];
}

/** Until Ctrl-C; a worker that ends is started again, a serving replica that ends stops everything. */
async function keepUp(stack: Stack, shutdown: Shutdown, { io }: Context): Promise<void> {
  const { signal } = shutdown;
  const worker = { name: 'worker', current: stack.worker, again: stack.startWorkerAgain };
  const servingEnded = stack.serving.ended.then(() => {
    if (!signal.aborted) throw new Error('serving ended by itself; see its log in the state folder');
  });
  await Promise.race([supervise(worker, signal, io.note), servingEnded]);
}
