import { errorCodes, type ErrorCode } from './error-codes.js';
import type { Problem } from './markdown.js';
import { textOf } from './page-paths.js';

/** Page that says of each error code when it comes and what to do. */
export const CODES_PAGE = 'docs/troubleshooting.md';

/** Codes that commander gives to a command line that it cannot read. */
const COMMANDER = [
  'unknownCommand',
  'unknownOption',
  'missingArgument',
  'excessArguments',
  'optionMissingArgument',
  'missingMandatoryOptionValue',
].map((name) => `commander.${name}`);

/** Error codes that the page does not tell of, tells of twice, or tells of in vain; and entries with an empty cell. */
export function checkCodes(root: string): Problem[] {
  return compareCodes(textOf(root, CODES_PAGE) ?? '', errorCodes(root));
}

/** {@link checkCodes}, of a page's text and of codes with a file that gives each. */
export function compareCodes(page: string, codes: ReadonlyMap<string, Pick<ErrorCode, 'file'>>): Problem[] {
  const entries = entriesOf(page);
  const told = new Set(entries.map(({ code }) => code));
  const missing = [...codes].filter(([code]) => !told.has(code));
  const seen = new Set<string>();
  return [
    ...missing.map(([code, { file }]) =>
      problem(1, `${code} of ${file} has no row: say when it comes and what to do`),
    ),
    ...entries.flatMap(({ code, line, cells }) => {
      const twice = seen.has(code);
      seen.add(code);
      if (twice) return [problem(line, `${code} has two rows`)];
      if (!codes.has(code) && !COMMANDER.includes(code))
        return [problem(line, `${code} is given by no code: remove its row`)];
      return cells.some((cell) => cell === '') ? [problem(line, `${code} has an empty cell`)] : [];
    }),
  ];
}

const problem = (line: number, message: string): Problem => ({ path: CODES_PAGE, line, message });

function entriesOf(page: string): { code: string; line: number; cells: string[] }[] {
  return page.split('\n').flatMap((text, index) => {
    const [, code, rest] = /^\| `([a-zA-Z0-9.-]+)`\s*\|(.*)\|\s*$/.exec(text) ?? [];
    if (code === undefined || rest === undefined) return [];
    return [{ code, line: index + 1, cells: rest.split(/(?<!\\)\|/).map((cell) => cell.trim()) }];
  });
}
