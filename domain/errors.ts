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
  /** Everything that is wrong, when it is more than one thing; the message then lists each on a line of its own. */
  readonly problems?: readonly Refusal[];
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

/** What people read: one line, or a heading and one line per problem when there are several. */
export function describeRefusal(refusal: Refusal): string {
  const problems = refusal.problems ?? [];
  if (problems.length > 1) {
    const lines = problems.map((problem) => `\n  - ${describeRefusal(problem)}`);
    return `${refusal.thing} has ${problems.length} problems:${lines.join('')}`;
  }
  const value = refusal.value === undefined ? '' : ` is ${showValue(refusal.value)}`;
  return `${refusal.thing}${value}; expected ${refusal.allowed}. ${refusal.next}`;
}

/** A value in a message: short, quoted where it is text, never more than 80 characters. Never throws. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : plainText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function plainText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return `a ${typeof value} that JSON cannot hold`;
  }
}
