import type { OutcomeRow } from '../domain/predictions.js';
import { epoch, instant } from '../domain/references.js';
import { badRequest } from './infer/refuse.js';
import { readInstant } from './infer/columns.js';
import { isRecord } from './infer/tensor.js';

const LABELS = 10_000;
const LONGEST_TEXT = 1024;
/** Largest |label| of a regression that can be learned; one beyond would stop every training. */
const MOST_LABEL = 1e100;
const MEMBERS = new Set(['prediction_id', 'key', 'label', 'event_time']);
const NEXT = 'Correct the request; none of its labels was stored.';

/** What reading labels depends on. */
export interface FeedbackContext {
  readonly task: 'regression' | 'binary' | 'multiclass';
  /** Classes of the version that serves; null for regression. A label of another is refused. */
  readonly classes: readonly string[] | null;
  /** Receipt. @format epoch milliseconds */
  readonly now: number;
  readonly stepped: boolean;
  readonly clockSkewMs: number;
}

/**
 * Reads `{labels: [{prediction_id?, key?, label, event_time?}], source?}`. A label belongs to a prediction id, or to a key
 * where there is none. Throws `bad-request` with the first thing that is wrong; then nothing of the body counts.
 */
export function readFeedback(body: unknown, context: FeedbackContext): OutcomeRow[] {
  if (!isRecord(body)) throw badRequest('body', body, "a JSON object with 'labels'", NEXT);
  const { labels, source = 'feedback', ...others } = body;
  const [other] = Object.keys(others);
  if (other !== undefined) throw badRequest('body', other, "the members 'labels' and 'source'", NEXT);
  if (!Array.isArray(labels) || labels.length === 0 || labels.length > LABELS)
    throw badRequest('labels', labels, `an array of 1 to ${LABELS} labels`, NEXT);
  const from = readText(source, 'source');
  return labels.map((label: unknown, i) => readLabel(label, `labels[${i}]`, { ...context, source: from }));
}

function readLabel(value: unknown, at: string, context: FeedbackContext & { source: string }): OutcomeRow {
  if (!isRecord(value)) throw badRequest(at, value, 'an object', NEXT);
  const unknown = Object.keys(value).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) throw badRequest(at, unknown, [...MEMBERS].join(', '), NEXT);
  const id = value['prediction_id'] ?? null;
  const key = value['key'] ?? null;
  if (id === null && key === null) throw badRequest(at, value, 'a prediction_id, or a key', NEXT);
  return {
    prediction_id: id === null ? null : readText(id, `${at}.prediction_id`),
    key: key === null ? '' : readText(key, `${at}.key`),
    label: readLabelValue(value['label'], `${at}.label`, context),
    event_time: readEventTime(value['event_time'], `${at}.event_time`, context),
    arrived_at: instant(context.now),
    source: context.source,
  };
}

function readEventTime(value: unknown, at: string, context: FeedbackContext): string {
  if (value === undefined || value === null) return instant(context.now);
  const time = readInstant(value, at);
  const latest = context.now + context.clockSkewMs;
  if (!context.stepped && epoch(time) > latest)
    throw badRequest(at, time, `at most ${instant(latest)} (receipt + clock skew)`, NEXT);
  return time;
}

function readLabelValue(
  value: unknown,
  at: string,
  { task, classes }: Pick<FeedbackContext, 'task' | 'classes'>,
): OutcomeRow['label'] {
  const label = readAnyLabel(value, at, task);
  if (task === 'regression' || classes === null || classes.includes(String(label))) return label;
  throw badRequest(at, label, `a class of the model: ${classes.join(', ')}`, NEXT);
}

function readAnyLabel(value: unknown, at: string, task: FeedbackContext['task']): OutcomeRow['label'] {
  const most = task === 'regression' ? MOST_LABEL : Number.MAX_VALUE;
  if (typeof value === 'number' && Math.abs(value) <= most) return value;
  const classText = typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT;
  if (task !== 'regression' && (classText || typeof value === 'boolean')) return value;
  throw badRequest(
    at,
    value,
    task === 'regression'
      ? `a finite number of -${MOST_LABEL} to ${MOST_LABEL}`
      : 'a class: text, number or boolean',
    NEXT,
  );
}

function readText(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) return value;
  throw badRequest(at, value, `a text of 1 to ${LONGEST_TEXT} characters`, NEXT);
}
