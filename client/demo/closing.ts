import type { Io } from '../cli/io.js';
import { painter } from '../cli/io.js';
import { table } from '../cli/table.js';
import { commandLine } from '../servers/project-root.js';
import { drawChart } from './chart.js';
import { errorSpan, months, type Forecasts, type Line, type Ride } from './forecasts.js';
import { PLAN } from './plan.js';
import type { DemoSummary } from './summary.js';

const NAMES: Readonly<
  Record<Line, { mark: string; name: string; tone: 'good' | 'bad' | 'attention' | 'dim' | 'strong' }>
> = {
  naiveLastWeek: { mark: 'w', name: 'same hour last week', tone: 'dim' },
  naive: { mark: 'y', name: 'same hour yesterday', tone: 'dim' },
  static: { mark: 's', name: 'never retrained', tone: 'bad' },
  scheduled: { mark: 'c', name: `every ${PLAN.scheduledEveryDays} days, ungated`, tone: 'attention' },
  perennial: { mark: 'P', name: 'Perennial', tone: 'good' },
};
const DRAWN: readonly Line[] = ['naiveLastWeek', 'static', 'scheduled', 'perennial'];
const TOLD: readonly Line[] = ['static', 'naive', 'naiveLastWeek', 'scheduled', 'perennial'];

/** The end of the story: error over time as a chart, the policies as a table. */
export function closingLines(
  io: Io,
  story: { readonly rides: readonly Ride[]; readonly forecasts: Forecasts; readonly summary: DemoSummary },
): string[] {
  const { rides, forecasts, summary } = story;
  const paint = painter(io);
  const spans = months(PLAN.firstDay, PLAN.end).map(({ from, to }) => errorSpan(rides, forecasts, from, to));
  const chart = drawChart(
    {
      title: 'Mean absolute error by month (rentals per hour)',
      columns: spans.map(({ from }) => MONTHS[new Date(from).getUTCMonth()] ?? ''),
      lines: DRAWN.map((line) => ({ ...NAMES[line], values: spans.map(({ error }) => error[line]) })),
    },
    paint,
  );
  const year = (from: string, to: string): Readonly<Record<Line, number>> =>
    errorSpan(rides, forecasts, from, to).error;
  const before = year(PLAN.firstDay, PLAN.judgedFrom);
  const judged = year(PLAN.judgedFrom, PLAN.end);
  const count: Readonly<Partial<Record<Line, number>>> = {
    static: 0,
    scheduled: summary.retrainCount.scheduled,
    perennial: summary.retrainCount.perennial,
  };
  const [head = '', ...lines] = table<Line>(
    [
      { title: 'policy', of: (line) => NAMES[line].name },
      { title: 'error 2011', of: (line) => before[line].toFixed(1), align: 'right' },
      { title: 'error 2012', of: (line) => judged[line].toFixed(1), align: 'right' },
      { title: 'trainings', of: (line) => String(count[line] ?? '–'), align: 'right' },
    ],
    TOLD,
    io.width,
  );
  const rows = lines.map((text, i) => (TOLD[i] === 'perennial' ? paint('good', text) : text));
  return ['', ...chart, '', paint('strong', head), ...rows, ...faultNote()];
}

/** The faults of 2011 cost error on purpose; the reader should know which columns to compare. */
const faultNote = (): string[] => [
  '',
  'Every line is judged on the same hours, each forecast made before its hour was counted.',
  'All staged faults lie in 2011. docs/demo.md says how the spec’s values were chosen.',
];

const MONTHS = ['J', 'F', 'M', 'A', 'M', 'J', 'J', 'A', 'S', 'O', 'N', 'D'];

/** What to type next. */
export function nextCommands(state: string, kept: boolean): string[] {
  const flag = `--state ${state}`;
  const run = commandLine;
  return [
    '',
    'Try next:',
    `  ${run} ledger ${PLAN.model} ${flag}`,
    `  ${run} ledger ${PLAN.model} --at 2012-03-01 ${flag}`,
    `  ${run} versions ${PLAN.model} ${flag}`,
    ...(kept
      ? [`  ${run} status ${PLAN.model} ${flag}`]
      : [`  ${run} demo --keep      (leaves everything up, with the Web UI)`]),
  ];
}
