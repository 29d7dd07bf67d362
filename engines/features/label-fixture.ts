import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { instant } from '../../domain/references.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

/** The instant of an hour of the fixture. */
export const hour = (n: number): string => instant(Date.UTC(2024, 0, 1, n));
/** Rows with a key of their own and no label. */
export const LABELLESS_ROWS = hourlyCsv()
  .trim()
  .split('\n')
  .map((line, i) => {
    const [t, temp, kind] = line.split(',');
    return i === 0 ? 'id,prediction_id,t,temp,kind' : `c${i - 1},p${i - 1},${t},${temp},${kind}`;
  })
  .join('\n');

/** One label of a file: the hour whose row it names, its value and when it arrived (default: with its delay). */
export interface Said {
  readonly n: number;
  readonly y: number | string;
  readonly at?: string;
}

/** What labels in the rows would say. */
export const everyHour = (from = 0, to = 720): Said[] =>
  Array.from({ length: to - from }, (_, i) => ({ n: from + i, y: from + i }));

/** A label file. */
export const labelFile = (labels: readonly Said[], id = 'c'): string =>
  ['id,y,arrived', ...labels.map(({ n, y, at = hour(n + 24) }) => `${id}${n},${y},${at}`)].join('\n');

/** The usual spec with labels of a source of their own. */
export function labelSpec(labels: NonNullable<ModelSpecInput['source']['labels']> = {}) {
  return makeSpec({
    source: {
      rows: 'rows.csv',
      eventTime: 't',
      key: 'id',
      labels: { delay: '1 day', from: 'labels/*.csv', arrival: 'arrived', ...labels },
    },
  });
}

/** A data root with the rows and label files, and what a run makes of them at a time. */
export async function labelFixture(files: Readonly<Record<string, string>>, asked = labelSpec()) {
  const fixture = await makeFixture();
  await fixture.write('rows.csv', LABELLESS_ROWS);
  for (const [name, content] of Object.entries(files)) await fixture.write(`labels/${name}`, content);
  const { engine, folder } = fixture;
  const at = async (asOf = AS_OF) => {
    const source = await engine.freezeSource({ spec: asked, asOf });
    const plan = engine.planWindow({ spec: asked, asOf });
    const contract = () => engine.checkContract({ spec: asked, source, plan, firstVersion: true });
    const snapshot = async () => {
      const out = join(folder, `snapshot-${randomUUID()}.parquet`);
      const taken = await engine.takeSnapshot({ spec: asked, source, plan, out });
      const { train, holdout } = await engine.loadBlocks({ spec: asked, snapshotPath: taken.path });
      return { ...taken, train, holdout };
    };
    return { source, contract, snapshot };
  };
  return { ...fixture, at };
}
