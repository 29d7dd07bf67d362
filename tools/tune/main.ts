import { parseArgs } from 'node:util';
import { specSchema } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import model from '../../examples/bike-demand/model.js';
import { readRides } from '../false-triggers/rides.js';
import { beforeJudgedYear, choose, points, specAt, type Tried } from './grid.js';
import { runLoop } from './loop.js';
import { markdownTable } from './markdown-table.js';
import { writeBetween } from '../docs/write-between.js';

// `node --import tsx tools/tune/main.ts [--write]` chooses the values of the demo's spec. It reads nothing of the judged year.
// `--write` puts the table into docs/demo.md.
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const PLACE = { page: 'demo.md', begin: '<!-- measured: begin -->', end: '<!-- measured: end -->' };

const spec = specSchema.parse(model);
const rows = beforeJudgedYear(await readRides(spec));
const tried: Tried[] = [];
for (const point of points()) {
  tried.push({ point, result: await runLoop(specAt(spec, point), rows, PLAN.judgedFrom) });
  if (process.stderr.isTTY) process.stderr.write(`\r${tried.length} of ${points().length}`);
}
const chosen = choose(tried);
const text = [...tableOf(tried), '', `Chosen: \`${JSON.stringify(chosen.point)}\``].join('\n');
if (values.write) await writeBetween(PLACE, text);
console.log(text);

function tableOf(all: readonly Tried[]): string[] {
  const head = ['schedule', 'cool-down', 'trigger', 'labels', 'gate', 'error', 'trainings', 'rolled back'];
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const body = all.map(({ point: { schedule, cooldown, trigger, minLabels, gate }, result }) => [
    ...[schedule, cooldown, `${percent(trigger.worseBy)}, ${trigger.confidence}`, String(minLabels)],
    ...[`${percent(gate.margin)}, ${gate.confidence}`, result.error.toFixed(2)],
    ...[String(result.trainings), String(result.rolledBack)],
  ]);
  return markdownTable(head, body);
}
