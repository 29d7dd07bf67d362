/**
 * What a parser said of a file, and where, without the lines of the file that it quotes: they may hold a key. The first line of its
 * message, and line and column where it knows them.
 */
export function parserFault(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read';
  const said = error.message.split('\n', 1)[0]?.trim() ?? '';
  const place = { line: undefined, column: undefined, ...error };
  if (typeof place.line !== 'number') return said;
  return `${said}, line ${place.line}${typeof place.column === 'number' ? `, column ${place.column}` : ''}`;
}
