import type { GateVerdict, MetricValue } from '../../domain/verdict.js';

/** An instant as people read it: `2011-04-01 00:00`, without seconds, UTC. */
export const shortTime = (at: string | null): string =>
  at === null ? '–' : at.slice(0, 16).replace('T', ' ');

/** A number with at most three significant digits after the point. */
export const shortNumber = (value: number): string =>
  Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));

/** A metric or why there is none. */
export const metricText = (value: MetricValue | undefined): string =>
  value === undefined ? '–' : typeof value === 'number' ? shortNumber(value) : value.absent;

/** The first twelve digits of a digest: enough for people to compare. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

/** One line per gate. */
export const gateLines = (verdicts: readonly GateVerdict[]): string[] =>
  verdicts.map(({ gate, outcome, because }) => `  ${outcome.padEnd(12)} ${gate}: ${because}`);

/** `v3`, or a dash where there is no version. */
export const versionText = (version: number | null | undefined): string =>
  version === null || version === undefined ? '–' : `v${version}`;
