/** Kinds of errors that come from reading the statement, before any row is read. */
const OF_THE_STATEMENT = /^(Binder|Catalog|Parser|Syntax|Not implemented) Error/;
const QUOTED = /(['"]).*\1/gs;
const NUMBER = /(?<![A-Za-z_\d])[-+]?\d[\d.eE+-]*/g;

/**
 * What may be told of an error of the engine: one line without the values of rows. What a statement does wrong is told as it is; of a
 * conversion, what was to become what; of anything else that happens while rows are read, only its kind, as its text may be a row's.
 */
export function withoutValues(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (OF_THE_STATEMENT.test(message)) return firstLine(message);
  if (message.startsWith('Conversion Error'))
    return firstLine(message.replace(QUOTED, '…').replace(NUMBER, '…'));
  const [kind = 'an error'] = /^[A-Z][A-Za-z ]* Error/.exec(message) ?? [];
  return `${kind} (its text could show a row and is left out)`;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
