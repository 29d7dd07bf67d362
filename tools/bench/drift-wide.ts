import { readAhead } from '../../engines/tables/read-ahead.js';
import { withTable } from '../../engines/tables/read-columns.js';
import { judgeColumns, measureColumn, sampleInPlace, type MeasuredColumn } from '../../stats/index.js';

// A process of its own, so that its greatest memory is that of this work: `drift-wide.ts <reference> <current>` compares all columns
// with the default tests of `perennial drift` and prints {"seconds","maxRssBytes","columns","drifted"}.
const [, , reference = '', current = ''] = process.argv;
const start = performance.now();
const report = await withTable(reference, (ours) =>
  withTable(current, async (theirs) => {
    const measured: MeasuredColumn[] = [];
    const names = ours.columns.map(({ name }) => name);
    const read = async (name: string) => {
      const [a, b] = await Promise.all([ours.numbers(name), theirs.numbers(name)]);
      return { name, a, b };
    };
    for await (const { name, a, b } of readAhead(names, read))
      measured.push(measureColumn({ name, reference: sampleInPlace(a), current: sampleInPlace(b) }));
    return judgeColumns(measured);
  }),
);
console.log(
  JSON.stringify({
    seconds: (performance.now() - start) / 1000,
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
    columns: report.columns.length,
    drifted: report.columns.filter(({ drifted }) => drifted).length,
  }),
);
