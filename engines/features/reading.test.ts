import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import { instant } from '../../domain/references.js';
import { makeFixture, makeSpec } from './feature-fixture.js';

type Reading = Readonly<Record<string, unknown>>;

/** What the contract and the newest event say of a file whose rows are written in a way of their own. */
async function read(name: string, text: string, reading: Reading) {
  const { engine, write } = await makeFixture();
  await write(name, text);
  const base = makeSpec();
  const spec = parseSpec({
    ...base,
    source: { ...base.source, rows: name, ...reading },
    features: { temp: { type: 'number', min: 0, max: 2000 } },
    window: { kind: 'all', validation: '1 day', holdout: '1 day' },
  });
  const asOf = instant('2025-01-20T00:00:00.000Z');
  const source = await engine.freezeSource({ spec, asOf });
  const plan = engine.planWindow({ spec, asOf });
  const { violations, rows } = await engine.checkContract({ spec, source, plan, firstVersion: true });
  return { newest: await engine.newestEvent({ spec, source }), rows, violations };
}

const told = ({ violations }: Awaited<ReturnType<typeof read>>) =>
  violations.map(({ kind, column, found }) => `${kind} ${column ?? ''}: ${found}`).join('; ');

describe('rows that are written in a way of their own', () => {
  const german = 't;temp;y\n31.12.2024 13:00;1.234,5;7,5\n31.12.2024 14:00;12,5;8\n';

  it('have decimal commas and days before months where the spec says so', async () => {
    const found = await read('rows.csv', german, { timeFormat: '%d.%m.%Y %H:%M', decimal: ',' });
    expect(found.newest).toBe('2024-12-31T14:00:00.000Z');
    expect(told(found)).not.toMatch(/wrong-type|event-time|range/);
  });

  it('are refused by column where it does not', async () => {
    const found = told(await read('rows.csv', german, { timeFormat: '%d.%m.%Y %H:%M' }));
    expect(found).toMatch(/wrong-type temp/);
  });

  it.each(['1.5', '0.216', '-0.216'])(
    'never take a decimal point for one between thousands: %s',
    async (temp) => {
      const found = told(await read('rows.csv', `t,temp,y\n2024-12-31,${temp},2\n`, { decimal: ',' }));
      expect(found).toMatch(/wrong-type temp/);
    },
  );

  it.each([
    ['rows.csv', 't,temp,y\n2024-12-31,NA,2\n2025-01-01,-999,3\n2025-01-02,-999.0,4\n'],
    [
      'rows.jsonl',
      '{"t":"2024-12-31","temp":"NA","y":2}\n{"t":"2025-01-01","temp":-999,"y":3}\n{"t":"2025-01-02","y":4}\n',
    ],
  ])('have missing values in other spellings: %s', async (name, text) => {
    const found = told(await read(name, text, { missing: ['NA', '-999'] }));
    expect(found).toMatch(/missing-share temp: 100 % missing \(3 of 3 rows\)/);
    expect(found).not.toMatch(/wrong-type|range/);
  });

  it.each([
    ['epoch seconds', '1735653600'],
    ['epoch milliseconds', '1735653600000'],
    ['%Y%m%d %H:%M', '20241231 14:00'],
    ['%d/%m/%Y', '2024-12-31T14:00:00Z'],
  ])('have times as %s', async (timeFormat, at) => {
    const found = await read('rows.csv', `t,temp,y\n${at},1,2\n`, { timeFormat });
    expect(found.newest).toBe('2024-12-31T14:00:00.000Z');
  });

  it('with a time in another format break the contract', async () => {
    const found = told(await read('rows.csv', 't,temp,y\n2024-31-12 14h,1,2\n', { timeFormat: '%d.%m.%Y' }));
    expect(found).toMatch(/event-time/);
  });
});
