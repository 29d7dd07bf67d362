import { detectors } from '../../stats/index.js';
import { writeBetween } from '../docs/write-between.js';
import { type Plan, type Row, dummies, measure } from './measure.js';
import { worlds } from './worlds.js';

// Measures the false alarms and delays of every calibrated detector and writes the table into docs/statistics.md:
//   node --import tsx tools/false-alarms/main.ts [streams, default 1000] [detector]        (some minutes)
const plan: Plan = {
  expectedRunLength: 1000,
  referenceLength: 4000,
  calibrationStreams: 100,
  streams: Number(process.argv[2] ?? 1000),
  streamLength: 1000,
};
const PLACE = {
  page: 'statistics.md',
  begin: '<!-- false-alarms: begin (written by tools/false-alarms) -->',
  end: '<!-- false-alarms: end -->',
};

// A second argument measures one detector only and prints its rows without touching the page.
const only = process.argv[3];

const rows: Row[] = [];
for (const world of await worlds()) {
  for (const kind of detectors.filter((d) => only === undefined || d.name === only)) {
    rows.push(measure(kind, world, plan));
    process.stderr.write(`${world.name}: ${kind.name}\n`);
  }
  rows.push(...dummies(world, plan));
}
const table = render(rows);
process.stdout.write(table);
if (only === undefined) await writeBetween(PLACE, table);

function render(all: readonly Row[]): string {
  const head = [
    'stream',
    'detector',
    'calibrated',
    'false alarms per 1000 values (90 % interval)',
    'within the asked 1',
    'median delay',
    'missed',
  ];
  const lines = all.map(({ world, detector, setting, falseAlarms: f, delays: d, note }) => {
    if (!f || !d) return [world, detector, setting, note ?? '', '–', '–', '–'];
    const per = (rate: number): string => (1000 * rate).toFixed(2);
    const within =
      f.lower * plan.expectedRunLength <= 1
        ? f.rate * plan.expectedRunLength <= 1
          ? 'yes'
          : 'within noise'
        : 'no';
    return [
      world,
      detector,
      setting,
      `${per(f.rate)} (${per(f.lower)}–${per(f.upper)})`,
      within,
      d.median ?? '–',
      `${((100 * d.missed) / d.streams).toFixed(1)} %`,
    ];
  });
  const table = [head, head.map(() => '---'), ...lines];
  return table.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
