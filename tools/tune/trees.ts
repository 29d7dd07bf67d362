import { parseArgs } from 'node:util';
import { specSchema } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import model from '../../examples/bike-demand/model-trees.js';
import { writeBetween } from '../docs/write-between.js';
import { readRides } from '../false-triggers/rides.js';
import { beforeJudgedYear } from './grid.js';
import { markdownTable } from './markdown-table.js';
import { chooseTrees, treesPoints, treesSpecAt, type TreesTried } from './trees-grid.js';
import { walkForward } from './walk-forward.js';

// `node --import tsx tools/tune/trees.ts [--write]` chooses the values of the demo's trees. It reads nothing of the judged year.
// `--write` puts the best twenty into docs/demo.md.
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const PLACE = { page: 'demo.md', begin: '<!-- trees: begin -->', end: '<!-- trees: end -->' };
const SHOWN = 20;

const spec = specSchema.parse(model);
const rows = beforeJudgedYear(await readRides(spec));
const tried: TreesTried[] = [];
for (const point of treesPoints()) {
  tried.push({ point, error: await walkForward(treesSpecAt(spec, point), rows, PLAN.judgedFrom) });
  if (process.stderr.isTTY) process.stderr.write(`\r${tried.length} of ${treesPoints().length}`);
}
const best = [...tried].sort((a, b) => a.error - b.error).slice(0, SHOWN);
const table = markdownTable(
  ['window', 'half-life', 'refit', 'leaves', 'rows of a leaf', 'sampled', 'error'],
  best.map(({ point, error }) => [
    ...[point.window, point.halfLife === '' ? 'none' : point.halfLife, point.refit ? 'yes' : 'no'],
    ...[String(point.numLeaves), String(point.minDataInLeaf), String(point.fraction), error.toFixed(2)],
  ]),
);
const summary = `The best ${SHOWN} of ${tried.length}; the worst had ${Math.max(...tried.map(({ error }) => error)).toFixed(2)}.`;
const text = [...table, '', summary, '', `Chosen: \`${JSON.stringify(chooseTrees(tried).point)}\``].join(
  '\n',
);
if (values.write) await writeBetween(PLACE, text);
console.log(text);
