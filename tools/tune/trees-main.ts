import { specSchema } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import model from '../../examples/bike-demand/model-trees.js';
import { readRides } from '../false-triggers/rides.js';
import { beforeJudgedYear } from './grid.js';
import { runLoop } from './loop.js';
import { chooseTrees, treesPoints, treesSpecAt, type TreesTried } from './trees-grid.js';
import { writeBetween } from './write-page.js';

// `node --import tsx tools/tune/trees-main.ts [--write]` chooses the values of the trees in `npm run demo -- --trainer trees`. It reads
// nothing of the judged year. `--write` puts the table into docs/demo.md.
const spec = specSchema.parse(model);
const rows = beforeJudgedYear(await readRides(spec));
const tried: TreesTried[] = [];
for (const point of treesPoints()) {
  tried.push({ point, result: await runLoop(treesSpecAt(spec, point), rows, PLAN.judgedFrom) });
  if (process.stderr.isTTY) process.stderr.write(`\r${tried.length} of ${treesPoints().length}`);
}
const best = tried.toSorted((a, b) => a.result.error - b.result.error).slice(0, 12);
const text = [
  ...tableOf(best),
  '',
  `Chosen of ${tried.length}: \`${JSON.stringify(chooseTrees(tried).point)}\``,
].join('\n');
if (process.argv.includes('--write')) await writeBetween('trees', text);
console.log(text);

function tableOf(all: readonly TreesTried[]): string[] {
  const head = [
    'window',
    'objective',
    'leaves',
    'learning rate',
    'start',
    'error',
    'trainings',
    'rolled back',
  ];
  const body = all.map(({ point, result }) => [
    ...[point.window, point.objective, String(point.numLeaves), String(point.learningRate), point.start],
    ...[result.error.toFixed(2), String(result.trainings), String(result.rolledBack)],
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}
