import { parseArgs } from 'node:util';
import { specSchema } from '../../domain/spec/spec.js';
import model from '../../examples/bike-demand/model.js';
import { spreadOf } from '../bench/measurement.js';
import { writeBetween } from '../docs/write-between.js';
import { LONG } from './one-champion.js';
import { BLOCKS } from './permute.js';
import { measureRates, triggersOf, type Measured } from './rates.js';
import { readRides } from './rides.js';

// `node --import tsx tools/false-triggers/main.ts [--copies 100] [--checks 4] [--seed 1] [--write] [--json]` measures how often the demo's
// triggers fire on copies of the bike data that do not drift. `--write` puts the table into docs/false-triggers.md.
const { values } = parseArgs({
  options: {
    copies: { type: 'string', default: '100' },
    checks: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const PLACE = {
  page: 'false-triggers.md',
  begin: '<!-- measured: begin -->',
  end: '<!-- measured: end -->',
};

const wholeNumber = (name: 'copies' | 'checks' | 'seed'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} ${values[name]}: give a whole number of at least 1.`);
};

const counts = { copies: wholeNumber('copies'), checks: wholeNumber('checks'), seed: wholeNumber('seed') };
const spec = specSchema.parse(model);
const rows = await readRides(spec);
const measured: Measured[] = [];
for (const block of BLOCKS) {
  const onCopy = (done: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${block}: ${done} of ${counts.copies} copies`);
  };
  measured.push(await measureRates(rows, { spec, triggers: triggersOf(spec), block, onCopy, ...counts }));
}
if (process.stderr.isTTY) process.stderr.write('\n');
const table = tableOf(measured);
const command = `\`node --import tsx tools/false-triggers/main.ts --copies ${counts.copies} --checks ${counts.checks} --seed ${counts.seed} --write\``;
if (values.write) await writeBetween(PLACE, `${command}\n\n${table}`);
console.log(values.json ? JSON.stringify(measured.flatMap(({ rates }) => rates)) : table);

function tableOf(all: readonly Measured[]): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const head = ['moved as one', 'trigger', 'fired', 'checks', 'rate', 'bounds', 'asked'];
  const body = all.flatMap(({ rates }) =>
    rates.map((each) => [
      each.block,
      each.trigger,
      String(each.fired),
      String(each.checks),
      percent(each.rate),
      `${percent(each.lower)} … ${percent(each.upper)}`,
      `≤ ${percent(each.asked)}`,
    ]),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line), '', ...all.map(ratioLine)].join('\n');
}

/** How far r₀ from one holdout is from the champion's true r. */
function ratioLine({ rates, champions }: Measured): string {
  const show = (values: readonly number[]): string => {
    const { median, min, max } = spreadOf(values);
    return `${median.toFixed(2)} (${min.toFixed(2)} … ${max.toFixed(2)})`;
  };
  const long = champions.map(({ baseline }) => baseline.long);
  const error = champions.map(({ baseline }) => baseline.holdout / baseline.long);
  return `- ${rates[0]?.block ?? ''}: r over ${LONG} ${show(long)}; r₀ of the holdout over it ${show(error)}`;
}
