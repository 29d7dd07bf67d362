import type { Attributes } from '@opentelemetry/api';

/**
 * Attributes that spans of ours have. Never feature values, messages of errors (they may quote a row), secrets or addresses: what is here
 * and in docs/tracing.md is all.
 */
export const ATTRIBUTE = {
  model: 'perennial.model',
  version: 'perennial.version',
  /** Workflow id of a retrain, rollout or check, as the ledger names it. */
  run: 'perennial.run',
  trigger: 'perennial.trigger',
  trainer: 'perennial.trainer',
  role: 'perennial.role',
  rows: 'perennial.rows',
  workflowId: 'temporal.workflow.id',
  runId: 'temporal.run.id',
  activity: 'temporal.activity.type',
  attempt: 'temporal.activity.attempt',
  error: 'error.type',
} as const;

/** Attributes without those that are not known. */
export function known(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** The name of what went wrong, without its words. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
