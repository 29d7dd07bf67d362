import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { specSchema } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import model from '../../examples/bike-demand/model.js';
import { readRides } from '../false-triggers/rides.js';
import { beforeJudgedYear, choose, points, specAt, type Tried } from './grid.js';
import { runLoop } from './loop.js';

// `node --import tsx tools/tune/main.ts [--write]` chooses the values of the demo's spec. It reads nothing of the judged year.
// `--write` puts the table into docs/demo.md.
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const PAGE = fileURLToPath(new URL('../../docs/demo.md', import.meta.url));
const FROM = '<!-- measured: begin -->';
const TO = '<!-- measured: end -->';

const spec = specSchema.parse(model);
const rows = beforeJudgedYear(await readRides(spec));
const tried: Tried[] = [];
for (const point of points()) {
  tried.push({ point, result: await runLoop(specAt(spec, point), rows, PLAN.judgedFrom) });
  if (process.stderr.isTTY) process.stderr.write(`\r${tried.length} of ${points().length}`);
}
const chosen = choose(tried);
const text = [...tableOf(tried), '', `Chosen: \`${JSON.stringify(chosen.point)}\``].join('\n');
if (values.write) await writePage(text);
console.log(text);

function tableOf(all: readonly Tried[]): string[] {
  const head = ['schedule', 'cool-down', 'trigger', 'labels', 'gate', 'error', 'trainings', 'rolled back'];
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const body = all.map(({ point: { schedule, cooldown, trigger, minLabels, gate }, result }) => [
    ...[schedule, cooldown, `${percent(trigger.worseBy)}, ${trigger.confidence}`, String(minLabels)],
    ...[`${percent(gate.margin)}, ${gate.confidence}`, result.error.toFixed(2)],
    ...[String(result.trainings), String(result.rolledBack)],
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}

async function writePage(table: string): Promise<void> {
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(FROM);
  const end = page.indexOf(TO);
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${FROM} … ${TO} to write between.`);
  const next = `${page.slice(0, begin)}${FROM}\n\n${table}\n\n${page.slice(end)}`;
  writeFileSync(PAGE, await format(next, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}
