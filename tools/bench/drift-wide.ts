import { compareTables } from '../../engines/tables/compare-tables.js';
import { withTable } from '../../engines/tables/read-columns.js';
import { judgeColumns } from '../../stats/index.js';
import { sameColumns } from './drift-files.js';

// A process of its own, so that its greatest memory is that of this work: `drift-wide.ts <reference> <current>` compares all columns
// with the default tests of `perennial drift` and prints {"seconds","maxRssBytes","columns","drifted"}.
const [, , reference = '', current = ''] = process.argv;
const start = performance.now();
const report = await withTable(reference, (ours) =>
  withTable(current, async (theirs) => {
    const compared = await compareTables(ours, theirs, sameColumns(ours, theirs));
    return judgeColumns(compared.map(({ measured }) => measured));
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
