import { join } from 'node:path';
import { closingLines, nextCommands } from '../../demo/closing.js';
import { DEMO_TRAINERS, type DemoTrainer } from '../../demo/demo-spec.js';
import type { DemoResult } from '../../demo/run-demo.js';
import { createShutdown, type Shutdown } from '../../processes/shutdown.js';
import { howToReachS3 } from '../../servers/s3-server.js';
import type { Cli, Context } from '../cli.js';
import { badInput, EXIT, type ExitCode } from '../exit-codes.js';

interface DemoFlags {
  readonly keep?: boolean;
  readonly state?: string;
  readonly store?: string;
  readonly trainer?: DemoTrainer;
}

/** `perennial demo` */
export function addDemo(cli: Cli): void {
  cli.add<DemoFlags>({
    usage: 'demo',
    summary: 'the whole loop on this machine, live',
    details: 'Two years of real bike rentals in a few minutes, with nothing else running.',
    example: 'perennial demo --keep',
    connects: false,
    flags: (command) =>
      command
        .option('--keep', 'leave everything up at the end, until Ctrl-C')
        .option('--trainer <kind>', `what trains: ${DEMO_TRAINERS.join(', ')} (default: mlp)`, demoTrainer)
        .option('--state <folder>', 'folder of the story; emptied first (default: .perennial/demo)')
        .option(
          '--store <address>',
          'object store: a folder, s3://bucket/prefix, or s3 for a server of its own',
        ),
    action: async (context, _, flags) => {
      const shutdown = createShutdown();
      try {
        return await tell(context, flags, shutdown);
      } catch (error) {
        if (!shutdown.signal.aborted) throw error;
        context.io.note('interrupted');
        return EXIT.interrupted;
      } finally {
        await shutdown.run();
        shutdown.release();
      }
    },
  });
}

function demoTrainer(text: string): DemoTrainer {
  const found = DEMO_TRAINERS.find((trainer) => trainer === text);
  if (found !== undefined) return found;
  throw badInput('--trainer', text, DEMO_TRAINERS.join(' or '), 'Leave it out for mlp.');
}

async function tell(
  context: Context,
  { keep, state, store, trainer }: DemoFlags,
  shutdown: Shutdown,
): Promise<ExitCode> {
  const { io, json } = context;
  // Loaded here: the engines that the demo compares with take a second that no other command should pay.
  const { runDemo } = await import('../../demo/run-demo.js');
  const folder = state ?? join('.perennial', 'demo');
  const result = await runDemo({
    ...{ state: folder, store, io, shutdown, trainer },
    write: json ? io.note : io.out,
  });
  const { timeline, summary } = result;
  timeline.lines(closingLines(io, result));
  timeline.lines(nextCommands(folder, keep === true));
  if (keep === true) timeline.lines(stillUp(result));
  if (json) io.out(JSON.stringify(summary));
  if (keep === true) await untilAborted(shutdown.signal);
  return EXIT.ok;
}

function stillUp({ stack }: DemoResult): string[] {
  const { ui, serving } = stack.running;
  const s3 = stack.s3 === undefined ? [] : [`For other commands: ${howToReachS3(stack.s3)}`];
  return ['', `Everything is still up until Ctrl-C: Web UI ${ui ?? '–'}, serving ${serving ?? '–'}`, ...s3];
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000); // keeps this process up
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
