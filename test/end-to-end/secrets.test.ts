import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createCli } from '../../client/cli/program.js';
import { keptIo } from '../../client/cli/test-io.js';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { startCollector, type Collector, type CollectedSpan } from '../support/collector.js';
import { readableHistories } from '../support/readable-histories.js';
import { sharedServer } from '../support/temporal.js';

/** Values that exist once each: whoever finds one knows where it came from. */
const SECRETS = {
  token: `token-${randomUUID()}`,
  payloadKey: randomBytes(32).toString('base64'),
  oldPayloadKey: randomBytes(32).toString('base64'),
  wrongToken: `wrong-token-${randomUUID()}`,
  wrongS3Secret: `wrong-secret-${randomUUID()}`,
  collectorPassword: `password-${randomUUID()}`,
  collectorKey: `key-${randomUUID()}`,
  webhookPath: `webhook-${randomUUID()}`,
  webhookSecret: `signs-${randomUUID()}`,
};
const ROWS = {
  category: 'planted-colour',
  unusedColumn: 'planted-note',
  label: '17.123456789',
  feature: '4.987654321',
  textForNumber: 'planted-text',
  brokenLine: 'planted-broken-line',
  requestFeature: '6.192837465',
  requestCategory: 'planted-request-colour',
  feedbackLabel: '18.564738291',
};
const state = mkdtempSync(join(tmpdir(), 'perennial-secrets-'));
const data = join(state, 'data');
const model = `planted-${randomUUID().slice(0, 8)}`;
const taskQueue = `secrets-${randomUUID()}`;
const HOUR = 3_600_000;
const said: string[] = [];
let shutdown: Shutdown;
let stack: Stack;
let collector: Collector;
let s3Secret: string;

/** 70 days of hours up to now. */
function rows(planted: readonly string[] = []): string {
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const lines = Array.from({ length: 70 * 24 }, (_, i) => {
    const x = (i * 37) % 100;
    const at = new Date(now - (70 * 24 - i) * HOUR).toISOString();
    return `${at},row-${i},${x / 10},${['red', 'green', 'blue'][i % 3]},plain,${x / 5 + (i % 7) / 10}`;
  });
  lines.splice(900, planted.length, ...planted.map((line) => `${lines[900]?.slice(0, 24)},${line}`));
  return `at,key,x,colour,note,y\n${lines.join('\n')}\n`;
}

const deliver = (text: string): void => writeFileSync(join(data, 'rows.csv'), text);
const plantedRow = `row-900,${ROWS.feature},${ROWS.category},${ROWS.unusedColumn},${ROWS.label}`;

const specOf = (name: string, source: object = {}) => ({
  model: name,
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.csv', eventTime: 'at', key: 'key', labels: { delay: '1 hour' }, ...source },
  features: { x: { type: 'number', min: 0, max: 20 }, colour: { type: 'category' } },
  window: { kind: 'fixed', length: '60 days', validation: '4 days', holdout: '7 days' },
  trainer: { kind: 'linear', epochs: 20 },
  triggers: [{ kind: 'data-drift', test: 'psi', threshold: 0.2, shareOfFeatures: 0.3, action: 'alert' }],
  gates: [{ kind: 'not-worse-than-champion' }],
  rollout: { first: 'auto', approval: { from: ['ml-leads'] } },
});

/** Runs `perennial` as a person would, and keeps all that it says. */
const run = (...args: string[]): Promise<string> => runIn({}, ...args);
/** Traced, as the servers are. */
const traced = (...args: string[]): Promise<string> => runIn(process.env, ...args);

async function runIn(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const io = keptIo({ env });
  await createCli(io).run([...args, '--state', state]);
  const text = [...io.written, ...io.noted].join('\n');
  said.push(text);
  return text;
}

function specFile(name: string, source?: object): string {
  const file = join(state, `${name}.json`);
  writeFileSync(file, JSON.stringify(specOf(name, source)));
  return file;
}

/** Names of a span and of all above it, from the top. */
function pathTo(span: CollectedSpan | undefined): string[] {
  if (span === undefined) return [];
  const above = collector.spans.find(
    ({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId,
  );
  return [...pathTo(above), span.name];
}

/** Every line that a process has logged; each is an object. */
function logOf(name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(state, 'logs', `${name}.log`), 'utf8')
    .split('\n')
    .slice(0, -1);
  return lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
}

/** Waits for the newest span of a name, of a command that was traced. */
async function spanOf(name: string, attributes: CollectedSpan['attributes'] = {}): Promise<CollectedSpan> {
  const find = () =>
    collector.spans.findLast(
      (span) =>
        span.name === name &&
        Object.entries(attributes).every(([key, value]) => span.attributes[key] === value),
    );
  await expect.poll(find, { timeout: 60_000 }).toBeDefined();
  const span = find();
  if (span === undefined) throw new Error(`no span ${name}`);
  return span;
}

beforeAll(async () => {
  const s3 = inject('s3Environment');
  s3Secret = s3.AWS_SECRET_ACCESS_KEY;
  for (const [name, value] of Object.entries(s3)) vi.stubEnv(name, value);
  vi.stubEnv('PERENNIAL_PAYLOAD_KEYS', `new:${SECRETS.payloadKey},old:${SECRETS.oldPayloadKey}`);
  vi.stubEnv('PERENNIAL_SERVING_TOKEN', SECRETS.token);
  const webhook = { name: 'nobody', kind: 'generic', urlFrom: 'PLANTED_URL', secretFrom: 'PLANTED_SECRET' };
  vi.stubEnv('PERENNIAL_WEBHOOKS', JSON.stringify([webhook]));
  vi.stubEnv('PLANTED_URL', `http://127.0.0.1:1/${SECRETS.webhookPath}`);
  vi.stubEnv('PLANTED_SECRET', SECRETS.webhookSecret);
  collector = await startCollector();
  const withPassword = collector.url.replace('://', `://ops:${SECRETS.collectorPassword}@`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', withPassword);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', `x-key=${SECRETS.collectorKey}`);
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '100');
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '60000');
  vi.stubEnv('PERENNIAL_LOG_LEVEL', 'debug');
  mkdirSync(data);
  deliver(rows([plantedRow]));
  shutdown = createShutdown();
  const { address, namespace } = sharedServer();
  stack = await startStack({
    ...{ state, dataRoots: [data], approvers: { 'ml-leads': ['ada'] }, clock: 'wall', staged: false },
    ...{ store: `s3://perennial/${model}`, temporal: { address, namespace }, taskQueue },
    ...{ servingToken: SECRETS.token, shutdown, progress: (line) => said.push(line) },
  });
});

afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  await collector.close();
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true, force: true });
});

describe('a life with planted secrets and planted rows', () => {
  it('serves, is asked, learns what came of it, and is checked', async () => {
    const sql = `select *, strptime(colour, '%Y') as year from rows`;
    expect(await run('apply', specFile(`${model}-sql`, { sql }))).toContain('applied');
    expect(await traced('apply', specFile(model))).toContain('applied');
    await expect.poll(() => run('status', model, '--json')).toContain('"champion":{"version":1');
    const file = join(state, 'request.json');
    const requests = Array.from({ length: 200 }, (_, i) => ({
      ...{ x: Number(ROWS.requestFeature), colour: ROWS.requestCategory, key: `request-${i}` },
      event_time: new Date(Date.now() - 2 * HOUR - i * 300_000).toISOString(),
    }));
    writeFileSync(file, JSON.stringify(requests));
    expect(await traced('predict', model, '--input', file)).toMatch(/\d/);
    const headers = { authorization: `Bearer ${SECRETS.token}`, 'content-type': 'application/json' };
    const body = { labels: [{ key: 'request-1', label: Number(ROWS.feedbackLabel) }] };
    const feedback = await fetch(`${stack.serving.url}/v2/models/${model}/feedback`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    expect(feedback.status).toBe(200);
    expect(await run('check', model)).toContain('data-drift → alert: 2 of 2 features drifted (colour, x)');
    expect(await run('notify', '--test')).toContain('nobody: failed (webhook nobody cannot be reached: ');
  });

  it('is one trace from the command through workflows and steps to serving', async () => {
    const asked = ['perennial apply', 'StartWorkflowUpdate:apply', 'HandleUpdate:apply'];
    const about = { 'perennial.model': model };
    const trained = await spanOf('RunActivity:train', about);
    expect(trained).toMatchObject({
      service: 'perennial-worker',
      attributes: { ...about, 'perennial.run': `retrain/${model}/1`, 'perennial.trainer': 'linear' },
    });
    expect(pathTo(await spanOf('RunWorkflow:retrain', about))).toEqual([...asked, 'RunWorkflow:retrain']);
    expect(pathTo(trained)).toEqual([...asked, 'RunWorkflow:retrain', 'RunActivity:train']);
    await spanOf('RunWorkflow:rollout', about);
    const pinned = await spanOf('POST /v2/models/:model/pin', about);
    expect(pinned).toMatchObject({ traceId: trained.traceId, service: 'perennial-serving' });
    expect(pathTo(pinned)).toEqual([
      ...[...asked, 'RunWorkflow:retrain', 'HandleSignal:retrain-ended', 'RunWorkflow:rollout'],
      ...['RunActivity:askAdvance', 'StartWorkflowUpdate:advance', 'HandleUpdate:advance'],
      ...['RunActivity:publishAliases', 'POST /v2/models/:model/pin'],
    ]);
    expect(
      logOf('worker').find(
        ({ msg, ...line }) => msg === 'step done' && line['activity'] === 'train' && line['model'] === model,
      ),
    ).toMatchObject({
      ...{ level: 'info', name: 'worker', workflowId: `retrain/${model}/1`, workflow: 'retrain', attempt: 1 },
      ...{ runId: expect.any(String), durationMs: expect.any(Number) },
      ...{ trace_id: trained.traceId, span_id: trained.spanId },
    });
    expect(
      logOf('serving').find(({ msg, version }) => msg === 'aliases obeyed' && version === 1),
    ).toMatchObject({ model });
    const predicted = await spanOf('POST /v2/models/:model/infer', about);
    expect(pathTo(predicted)).toEqual(['perennial predict', 'POST /v2/models/:model/infer']);
    expect(predicted.attributes).toMatchObject({ 'perennial.version': 1, 'perennial.rows': 200 });
  });

  it('refuses a broken contract, a broken file and SQL that fails, by name', async () => {
    deliver(rows([plantedRow, `row-901,${ROWS.textForNumber},red,plain,3`, 'row-902,87,red,plain,3']));
    const contract = await run('retrain', model, '--wait');
    expect(contract).toMatch(/contract-broken.*text that is no number in 1 of/s);
    // An aggregate over many rows is what a person needs to see, and is shown on purpose.
    expect(contract).toMatch(/largest 87/);
    deliver(`${rows()}${new Date().toISOString()},row-2000,1,red,plain,3,${ROWS.brokenLine}\n`);
    expect(await run('retrain', model, '--wait')).toContain('missing-column');
    await expect.poll(() => run('ledger', `${model}-sql`, '--json')).toContain('Error (its text');
    for (const command of ['versions', 'ledger', 'status']) await run(command, model);
  });

  it.each([
    ['PERENNIAL_SERVING_TOKEN', SECRETS.wrongToken, 'predict', /authorization header/],
    ['AWS_SECRET_ACCESS_KEY', SECRETS.wrongS3Secret, 'versions', /error: /],
    ['PERENNIAL_PAYLOAD_KEYS', SECRETS.payloadKey, 'pause', /PERENNIAL_PAYLOAD_KEYS is '\(not shown\)'/],
  ])('names %s when it is wrong', async (name, wrong, command, words) => {
    const right = process.env[name];
    vi.stubEnv(name, wrong);
    const input = command === 'predict' ? ['--input', join(state, 'request.json')] : [];
    expect(await run(command, model, ...input)).toMatch(words);
    vi.stubEnv(name, right);
  });

  it('left none of it in a history, a log, the ledger or on a screen', async () => {
    const perennial = Perennial.open({ state });
    shutdown.add(() => perennial.close());
    const { client } = await perennial.temporal();
    const histories = await readableHistories(client, taskQueue);
    expect(histories.map(({ id }) => id)).toEqual(
      expect.arrayContaining([`model/${model}`, `retrain/${model}/2`]),
    );
    const ledgers = await Promise.all([model, `${model}-sql`].map((name) => perennial.registry.ledger(name)));
    await shutdown.run();
    const logs = readdirSync(join(state, 'logs')).map((file) =>
      readFileSync(join(state, 'logs', file), 'utf8'),
    );
    const places: [string, string][] = [
      ...histories.map(({ id, stored }): [string, string] => [`history of ${id} as stored`, stored]),
      ...histories.map(({ id, decrypted }): [string, string] => [`history of ${id}, decrypted`, decrypted]),
      ...logs.map((text, i): [string, string] => [`log ${readdirSync(join(state, 'logs'))[i] ?? ''}`, text]),
      ...said.map((text): [string, string] => [`screen: ${text.slice(0, 80)}`, text]),
      ['ledger', JSON.stringify(ledgers)],
      ...collector.bodies.map((text): [string, string] => ['traces', text]),
    ];
    expect(places.filter(([, text]) => text.length > 0).length).toBeGreaterThan(20);
    const planted = [...Object.entries({ ...SECRETS, s3: s3Secret }), ...Object.entries(ROWS)];
    const found = places.flatMap(([place, text]) =>
      planted.flatMap(([what, value]) => (text.includes(value) ? [`${what} in ${place}`] : [])),
    );
    expect(found).toEqual([]);
  });
});
