import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCli } from '../../client/cli/program.js';
import { keptIo } from '../../client/cli/test-io.js';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack } from '../../client/processes/stack.js';
import { LARGE_FILES, SMALL_FILES, writeStrangerFiles } from '../support/stranger-files.js';

const soak = process.env['PERENNIAL_SOAK'] === '1';
const QUICK = ['Luft & Güte 2024.csv'];
const FILES = soak
  ? [...SMALL_FILES, ...LARGE_FILES]
  : SMALL_FILES.filter(({ file }) => QUICK.includes(file));

const state = mkdtempSync(join(tmpdir(), 'perennial-own-data-'));
const data = join(state, 'data');
// The server is shared with other tests: models must not meet.
const suffix = randomUUID().slice(0, 8);
let shutdown: Shutdown;

beforeAll(async () => {
  await writeStrangerFiles(data, FILES);
  shutdown = createShutdown();
  const temporal = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
  // What `perennial up --data` starts.
  await startStack({
    ...{ state, dataRoots: [data], approvers: { 'ml-leads': ['ada'] }, clock: 'wall', staged: false },
    ...{ temporal, taskQueue: `own-data-${suffix}`, shutdown, progress: () => undefined },
  });
});

afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  rmSync(state, { recursive: true, force: true });
});

async function perennial(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run(args);
  return { code, out: io.written.join('\n'), err: io.noted.join('\n') };
}

describe('a data file that nobody has seen', () => {
  it.each(FILES)('goes from nothing to a version that serves: $file', async ({ file, model }) => {
    const [name, spec] = [`${model}-${suffix}`, join(state, `${model}.yaml`)];
    expect(await perennial('init', join(data, file), '--model', name, '--out', spec)).toMatchObject({
      code: 0,
    });
    const applied = await perennial('apply', spec, '--wait', '--state', state);
    expect(applied).toMatchObject({ code: 0, out: expect.stringMatching(/v1 waits for a person until/) });
    expect(applied.out).toContain(`perennial approve ${name}`);
    const approved = await perennial('approve', name, '--by', 'ada', '--state', state);
    expect(approved).toMatchObject({ code: 0, out: expect.stringMatching(/v1 is promoted/) });
    const again = await perennial('apply', spec, '--wait', '--state', state);
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/unchanged/) });
  });
});
