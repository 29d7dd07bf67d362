import { writeBetween } from '../../tools/docs/write-between.js';
import { PAIRS, PARTS, PHASES, type Part, type Phase } from './phases.js';
import type { Struck } from './strike.js';

/** What came of one story. */
export interface Outcome {
  readonly struck: readonly Struck[];
  readonly differences: readonly string[];
}

const NAMES: Record<Part, string> = { temporal: 'Temporal', worker: 'worker', serving: 'serving', s3: 'S3' };

const nameOf = (parts: readonly Part[]): string => parts.map((part) => NAMES[part]).join(' + ');

const GROUPS: readonly (readonly Part[])[] = [...PARTS.map((part) => [part]), ...PAIRS];

/** Writes what the run measured: the matrix to docs/kill-matrix.md, the recovery times to docs/operations.md. */
export async function writeKillMatrix(outcomes: readonly Outcome[]): Promise<void> {
  const struck = outcomes.flatMap((outcome) => outcome.struck);
  const kills = struck.reduce((sum, { parts }) => sum + parts.length, 0);
  const different = outcomes.filter(({ differences }) => differences.length > 0);
  const sum =
    `${kills} kills in ${outcomes.length} lives: ` +
    (different.length === 0
      ? 'every life ended as the undisturbed one.'
      : `${different.length} lives ended differently from the undisturbed one.`);
  await writeBetween(
    place('kill-matrix.md', 'kill-matrix'),
    [
      sum,
      matrix(
        PARTS.map((part) => [part]),
        outcomes,
      ),
      'Two at once:',
      matrix(PAIRS, outcomes),
    ].join('\n\n'),
  );
  await writeBetween(place('operations.md', 'recovery-times'), recoveryTable(struck));
}

const place = (page: string, name: string) => ({
  page,
  begin: `<!-- ${name}: begin (written by test/chaos) -->`,
  end: `<!-- ${name}: end -->`,
});

/** Phase × what was killed → kills, and lives among them that ended differently. */
function matrix(groups: readonly (readonly Part[])[], outcomes: readonly Outcome[]): string {
  const rows = PHASES.map((phase) => [phase, ...groups.map((group) => cell(phase, group, outcomes))]);
  return table(['phase', ...groups.map(nameOf)], rows);
}

function cell(phase: Phase, group: readonly Part[], outcomes: readonly Outcome[]): string {
  const hit = outcomes.flatMap(({ struck, differences }) =>
    struck
      .filter((one) => one.phase === phase && nameOf(one.parts) === nameOf(group))
      .map(() => differences.length),
  );
  const wrong = hit.filter((count) => count > 0).length;
  return hit.length === 0
    ? '–'
    : `${hit.length * group.length}, ${wrong === 0 ? 'same end' : `${wrong} different`}`;
}

function recoveryTable(struck: readonly Struck[]): string {
  const rows = GROUPS.map((group) => {
    const seconds = struck
      .filter(({ parts }) => nameOf(parts) === nameOf(group))
      .map(({ recoveryMs }) => recoveryMs / 1000)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const at = (share: number): string =>
      (seconds[Math.floor(share * (seconds.length - 1))] ?? NaN).toFixed(1);
    return [nameOf(group), String(seconds.length), at(0.5), `${at(0.1)} – ${at(0.9)}`, `${at(0)} – ${at(1)}`];
  });
  return table(['killed', 'times', 'median, s', '10 % – 90 %', 'least – most'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
