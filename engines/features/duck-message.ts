/** Kinds of errors that come from the statement or a file as a whole, and from no row. */
const OF_NO_ROW = /^(Binder|Catalog|Parser|Syntax|Not implemented|IO|INTERRUPT) Error/;
/** The engine begins its messages with the kind of error; it has no class for them. */
const OF_THE_ENGINE = /^[A-Z][A-Za-z ]* Error: /;
const QUOTED = /(['"]).*\1/gs;
const NUMBER = /(?<![A-Za-z_\d])[-+]?\d[\d.eE+-]*/g;

/**
 * What may be told of an error of the engine: one line without the values of rows. What a statement does wrong is told as it is; of a
 * conversion, what was to become what; of anything else that happens while rows are read, only its kind, as its text may be a row's.
 */
export function withoutValues(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (OF_NO_ROW.test(message)) return firstLine(message);
  if (message.startsWith('Conversion Error'))
    return firstLine(message.replace(QUOTED, '…').replace(NUMBER, '…'));
  const [kind = 'an error'] = /^[A-Z][A-Za-z ]* Error/.exec(message) ?? [];
  return `${kind} (its text could show a row and is left out)`;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

/**
 * An error as it may leave the engine's room, for histories and logs: one of the engine becomes its {@link withoutValues}, and is not kept as
 * cause, as logs show causes. Any other comes back as it is.
 */
export function tellable(error: unknown): unknown {
  const raw = error instanceof Error && OF_THE_ENGINE.test(error.message);
  return raw ? new Error(withoutValues(error)) : error;
}
