/** What a refusal says: the thing, its value, what was allowed, and what to do next. */
export interface Refusal {
  /** A stable name that code may branch on, e.g. `spec-invalid`, `unknown-model`, `source-changed`. */
  readonly type: string;
  /** The thing that is wrong: a path in a spec, a flag, a column, a file, an environment variable. */
  readonly thing: string;
  /** The value found. Never a secret, never a raw data row. */
  readonly value?: unknown;
  /** What would have been accepted. */
  readonly allowed: string;
  /** What the reader can do now. */
  readonly next: string;
  /** True when the same call may succeed later without a change by a person (default false). */
  readonly retryable?: boolean;
}

/**
 * An error that a person can act on. Its message is one line made of the refusal's parts; every door of the system (command,
 * HTTP, update, signal) shows that line and nothing else.
 */
export class PerennialError extends Error {
  override readonly name = 'PerennialError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(describeRefusal(refusal), options);
    this.refusal = refusal;
  }

  /** Stable name of the refusal. */
  get type(): string {
    return this.refusal.type;
  }
}

/** The one line that people read. */
export function describeRefusal(refusal: Refusal): string {
  const value = refusal.value === undefined ? '' : ` is ${showValue(refusal.value)}`;
  return `${refusal.thing}${value}; expected ${refusal.allowed}. ${refusal.next}`;
}

/** A value in a message: short, quoted where it is text, never more than 80 characters. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
