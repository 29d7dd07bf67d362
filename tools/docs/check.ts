import { z } from 'zod';
import { perennialProgram } from './cli-page.js';
import { checkCodes } from './check-codes.js';
import { checkCommands } from './check-commands.js';
import { checkLinks } from './check-links.js';
import { checkSnippets } from './check-snippets.js';
import { checkTypes } from './check-types.js';
import { undocumentedVariables } from './environment-page.js';
import { parsePage, type Problem } from './markdown.js';
import { pagePaths, textOf } from './page-paths.js';
import { renderPages } from './pages.js';

const ENVIRONMENT = 'docs/reference/environment.md';
const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });

/** Everything on the pages that is not true, in the order of the pages. Reads only. */
export async function checkDocs(root: string): Promise<Problem[]> {
  const { scripts } = packageSchema.parse(JSON.parse(textOf(root, 'package.json') ?? '{}'));
  const known = { program: perennialProgram(), scripts };
  const pages = pagePaths(root).map((path) => parsePage(path, textOf(root, path) ?? ''));
  const problems = [
    ...(await staleProblems(root)),
    ...pages.flatMap((page) => [
      ...checkLinks(root, page),
      ...checkSnippets(page),
      ...checkCommands(page, known),
    ]),
    ...checkTypes(root, pages),
    ...environmentProblems(root),
    ...checkCodes(root),
  ];
  return problems.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

async function staleProblems(root: string): Promise<Problem[]> {
  const pages = await renderPages(root);
  return [...pages].flatMap(([path, text]) => {
    const found = textOf(root, path);
    if (found === text) return [];
    const line = found === undefined ? 1 : firstDifference(found, text);
    return [{ path, line, message: 'differs from what the code says; run `npm run docs`' }];
  });
}

function firstDifference(a: string, b: string): number {
  const other = b.split('\n');
  return a.split('\n').findIndex((line, index) => line !== other[index]) + 1;
}

function environmentProblems(root: string): Problem[] {
  return undocumentedVariables(root, textOf(root, ENVIRONMENT) ?? '').map((name) => ({
    path: ENVIRONMENT,
    line: 1,
    message: `${name} is read by the code and not told of; add it in tools/docs/environment-page.ts`,
  }));
}
