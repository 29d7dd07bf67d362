import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from '../fixtures.js';
import { inferBody, outputOf, startTestServer, storedRows, type TestServer } from '../test-server.js';

const INFER = '/v2/models/bike-demand/infer';
const temp = { name: 'temp', shape: [1], datatype: 'FP64', data: [1] };
const season = { name: 'season', shape: [1], datatype: 'BYTES', data: ['1'] };
const withTemp = (over: Record<string, unknown>): object => ({ inputs: [{ ...temp, ...over }, season] });
const withSeason = (over: Record<string, unknown>): object => ({ inputs: [temp, { ...season, ...over }] });
const dated = (text: unknown): object => ({
  inputs: [temp, season, { name: 'event_time', shape: [1], datatype: 'BYTES', data: [text] }],
});

const BODIES: readonly (readonly [what: string, body: unknown, says: string])[] = [
  ['truncated JSON', '{"inputs": [{"name": "te', 'body is \'{"inputs": [{"name": "te\'; expected JSON'],
  ['an empty body', '', "body is ''; expected JSON"],
  ['NaN, which is not JSON', '{"inputs": [{"name": "temp", "data": [NaN]}]}', 'expected JSON'],
  ['an array', [], 'body is []; expected a JSON object'],
  ['null', 'null', 'body is null; expected a JSON object'],
  ['a number', '7', 'body is 7; expected a JSON object'],
  ['no inputs', {}, 'inputs is null; expected an array with the inputs temp, season'],
  ['empty inputs', { inputs: [] }, 'inputs is []'],
  ['inputs as an object', { inputs: { temp: 1 } }, 'inputs is {"temp":1}'],
  ['an input that is a number', { inputs: [7] }, 'inputs[0] is 7'],
  ['a number as id', { ...inferBody([1]), id: 7 }, 'id is 7'],
  [
    'an unknown input',
    withTemp({ name: 'tmep' }),
    "inputs[0].name is 'tmep'; expected the inputs temp, season",
  ],
  [
    'an input named __proto__',
    '{"inputs":[{"name":"__proto__","shape":[1],"datatype":"FP64","data":[1]}]}',
    "is '__proto__'",
  ],
  ['a missing input', { inputs: [temp] }, "input 'season' is 'absent'"],
  ['an input twice', { inputs: [temp, temp, season] }, 'expected each input once'],
  ['no name', withTemp({ name: undefined }), 'inputs[0].name is null'],
  ['no shape', withTemp({ shape: undefined }), "input 'temp': shape is null"],
  ['a wide shape', withTemp({ shape: [1, 2], data: [1, 2] }), 'shape is [1,2]; expected [N] or [N, 1]'],
  ['an empty tensor', withTemp({ shape: [0], data: [] }), 'shape is [0]'],
  ['a negative shape', withTemp({ shape: [-1] }), 'shape is [-1]'],
  ['more data than shape', withTemp({ data: [1, 2] }), 'number of values in data is 2; expected 1'],
  ['data that is no array', withTemp({ data: 1 }), 'data is 1'],
  ['data nested too deep', withTemp({ data: [[[1]]] }), "input 'temp', row 0 is [1]"],
  [
    'rows that disagree',
    withTemp({ shape: [2], data: [1, 2] }),
    "input 'season': rows is 1; expected 2, as input 'temp'",
  ],
  ['too many rows', withTemp({ shape: [10_001], data: new Array(10_001).fill(1) }), 'expected at most 10000'],
  ['an unknown datatype', withTemp({ datatype: 'FP128' }), "datatype is 'FP128'"],
  ['text for a number', withTemp({ datatype: 'BYTES', data: ['1'] }), "datatype is 'BYTES'; expected FP64"],
  ['NaN as text', withTemp({ data: ['NaN'] }), "row 0 is 'NaN'; expected a finite number"],
  [
    'Infinity as 1e999',
    '{"inputs":[{"name":"temp","shape":[1],"datatype":"FP64","data":[1e999]}]}',
    'expected a finite number',
  ],
  ['an object as value', withTemp({ data: [{}] }), 'row 0 is {}'],
  ['a fraction as INT32', withTemp({ datatype: 'INT32', data: [1.5] }), 'a whole number of 32 bits'],
  ['2^31 as INT32', withTemp({ datatype: 'INT32', data: [2 ** 31] }), 'a whole number of 32 bits'],
  ['2^53 as INT64', withTemp({ datatype: 'INT64', data: [2 ** 53] }), 'a whole number'],
  ['1e300 as FP32', withTemp({ datatype: 'FP32', data: [1e300] }), 'that 32 bits can hold'],
  ['a number as BOOL', withTemp({ datatype: 'BOOL', data: [1] }), 'true or false'],
  [
    'a fraction as category',
    withSeason({ datatype: 'FP64', data: [1.5] }),
    "input 'season': datatype is 'FP64'",
  ],
  ['a number as BYTES', withSeason({ data: [1] }), "input 'season', row 0 is 1; expected a text"],
  ['a very long category', withSeason({ data: ['x'.repeat(1025)] }), 'a text of at most 1024 characters'],
  ['an event time without zone', dated('2026-01-01T00:00:00'), "event_time, row 0 is '2026-01-01T00:00:00'"],
  ['30 February', dated('2026-02-30T00:00:00Z'), "event_time, row 0 is '2026-02-30T00:00:00Z'"],
  [
    'an event time of 2099',
    dated('2099-01-01T00:00:00Z'),
    "event_time, row 0 is '2099-01-01T00:00:00.000Z'; expected at most",
  ],
  ['an event time that is null', dated(null), 'event_time, row 0 is null'],
  [
    'an empty key',
    { inputs: [temp, season, { name: 'key', shape: [1], datatype: 'BYTES', data: [''] }] },
    'key, row 0',
  ],
];

describe('a body that is wrong', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(async (store) => {
      const one = await registerHandMade(store, constant(1));
      await createRegistry(store).setAliases(aliasesAt(1, { champion: one }));
    });
  });
  afterAll(() => server.remove());

  it.each(BODIES)('is refused in one line: %s', async (_what, body, says) => {
    const { status, body: answer } = await server.call(INFER, body);
    expect(status).toBe(400);
    expect(answer['error']).toContain(says);
    expect(String(answer['error'])).not.toContain('\n');
    expect(Object.keys(answer)).toEqual(['error']);
  });

  it('is refused before it is read when it is larger than the limit', async () => {
    const { status, body } = await server.call(INFER, JSON.stringify({ x: 'y'.repeat(10_000_000) }));
    expect([status, body['error']]).toEqual([413, expect.stringContaining('body is too large')]);
  });

  it('is refused when it is not JSON at all', async () => {
    const { status, body } = await server.call(INFER, 'temp=1', { 'content-type': 'text/plain' });
    expect([status, body['error']]).toEqual([415, expect.stringContaining("expected 'application/json'")]);
  });

  it.each([
    ['/v2/models/nobody/infer', inferBody([1]), "model is 'nobody'; expected bike-demand"],
    ['/v2/models/..%2f..%2fetc/infer', inferBody([1]), "model is '../../etc'"],
    [
      '/v2/models/bike-demand/versions/9/infer',
      inferBody([1]),
      "version of model bike-demand is '9'; expected 1",
    ],
    ['/v2/models/nobody/status', undefined, "model is 'nobody'"],
    ['/v2/models/nobody', undefined, "model is 'nobody'"],
    ['/v2/models/bike-demand/versions/9', undefined, 'is 9; expected a registered version'],
    ['/v2/models/nobody/feedback', { labels: [] }, "model is 'nobody'"],
    ['/nowhere', undefined, "path is 'GET /nowhere'"],
    ['/v2/models/bike-demand/infer', undefined, "path is 'GET /v2/models/bike-demand/infer'"],
  ])('has no place at %s', async (path, body, says) => {
    const { status, body: answer } = await server.call(path, body);
    expect([status, answer['error']]).toEqual([404, expect.stringContaining(says)]);
  });

  it.each([
    [{}, 'labels is null; expected an array of 1 to 10000 labels'],
    [{ labels: [] }, 'labels is []'],
    [[], 'body is []'],
    [{ labels: [7] }, 'labels[0] is 7; expected an object'],
    [{ labels: [{ label: 1 }] }, 'labels[0] is {"label":1}; expected a prediction_id, or a key'],
    [{ labels: [{ key: 'k' }] }, 'labels[0].label is null; expected a finite number'],
    [{ labels: [{ key: 'k', label: 'NaN' }] }, "labels[0].label is 'NaN'; expected a finite number"],
    [{ labels: [{ key: 7, label: 1 }] }, 'labels[0].key is 7'],
    [
      { labels: [{ key: 'k', lable: 1 }] },
      "labels[0] is 'lable'; expected prediction_id, key, label, event_time",
    ],
    [{ labels: [{ key: 'k', label: 1, event_time: 'today' }] }, "labels[0].event_time is 'today'"],
    [{ labels: [{ key: 'k', label: 1, event_time: '2099-01-01T00:00:00Z' }] }, 'expected at most'],
    [
      {
        labels: [
          { key: 'k', label: 1 },
          { key: '', label: 1 },
        ],
      },
      "labels[1].key is ''",
    ],
    [{ label: [] }, "body is 'label'; expected the members 'labels' and 'source'"],
  ])('as feedback is refused whole: %j', async (body, says) => {
    const { status, body: answer } = await server.call('/v2/models/bike-demand/feedback', body);
    expect([status, answer['error']]).toEqual([400, expect.stringContaining(says)]);
  });

  it.each([[{}], [[]], [{ to: 7 }], [{ to: 'tomorrow' }], [{ to: '2026-01-01T00:00:00Z', x: 1 }]])(
    'does not move a clock: %j',
    async (body) => {
      expect((await server.call('/v2/clock', body)).status).toBe(400);
    },
  );

  it('leaves no trace: the next request is answered, and only that one is logged', async () => {
    const answer = await server.call(INFER, inferBody([1]));
    expect(outputOf(answer, 'prediction')).toEqual([1]);
    await server.call('/v2/models/bike-demand/status');
    expect(await storedRows(server.store)).toHaveLength(1);
  });
});
