import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createShutdown } from '../../client/processes/shutdown.js';
import { startStack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { readSpecFile } from '../../client/spec-file.js';
import { instant } from '../../domain/references.js';
import { servedByMonth } from './served.js';
import { describeLine, replay } from './replay.js';

/**
 * Replays data through a real Temporal server, worker and serving replica, and prints the ledger:
 * `node --import tsx tools/replay/main.ts examples/car-loan/model.yaml --data examples --history 2018-07-01 --until 2019-08-01`.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string', default: 'examples' },
      history: { type: 'string' },
      until: { type: 'string' },
      requests: { type: 'string', default: '300' },
    },
  });
  const [file] = positionals;
  const { history, until } = values;
  if (file === undefined || history === undefined || until === undefined)
    throw new Error('name a spec file, --history <date> and --until <date>');
  const state = mkdtempSync(join(tmpdir(), 'perennial-replay-'));
  const shutdown = createShutdown();
  try {
    const to = join(state, 'data');
    const stack = await startStack({
      ...{ state, dataRoots: [to], approvers: { 'ml-leads': ['replay'] }, clock: 'stepped', staged: false },
      ...{ shutdown, progress: (line: string) => console.error(line) },
    });
    const perennial = await Perennial.connect({ state, by: 'replay' });
    shutdown.add(() => perennial.close());
    const spec = await readSpecFile(file);
    const data = { spec, from: resolve(values.data), to, perennial };
    const untilInstant = instant(Date.parse(until));
    const ledger = await replay({
      ...data,
      approver: 'replay',
      ...{ servingUrl: stack.serving.url, signal: shutdown.signal, requestsPerStep: Number(values.requests) },
      ...{ historyUntil: instant(Date.parse(history)), until: untilInstant },
      tell: (line) => console.log(describeLine(line)),
    });
    const from = ledger.find(({ kind }) => kind === 'first')?.effectiveFrom ?? untilInstant;
    console.table(await servedByMonth(data, { from, to: untilInstant }, ledger));
  } finally {
    await shutdown.run();
    rmSync(state, { recursive: true, force: true });
  }
}

await main();
