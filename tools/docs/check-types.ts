import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Page, Problem } from './markdown.js';

interface Snippet {
  readonly path: string;
  readonly line: number;
  readonly file: string;
  readonly text: string;
}

/**
 * TypeScript blocks that do not compile under the project's own settings. Each is taken as a module in the repository's root, so
 * its imports read like `./client/index.js`.
 */
export function checkTypes(root: string, pages: readonly Page[]): Problem[] {
  const snippets = pages.flatMap((page) =>
    page.fences
      .filter(({ language }) => language === 'ts' || language === 'typescript')
      .map(({ line, text }, index) => ({
        ...{ path: page.path, line, text },
        file: join(root, `${page.path.replaceAll(/[^a-z0-9]/gi, '-')}-${index}.snippet.ts`),
      })),
  );
  if (snippets.length === 0) return [];
  const byFile = new Map(snippets.map((snippet) => [snippet.file, snippet]));
  const program = programOf(root, byFile);
  return snippets.flatMap((snippet) => diagnosticsOf(program, snippet));
}

function programOf(root: string, byFile: ReadonlyMap<string, Snippet>): ts.Program {
  const configFile = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(
    config,
    { ...ts.sys, readDirectory: () => [] },
    dirname(configFile),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (path) => byFile.has(path) || fileExists(path);
  host.readFile = (path) => byFile.get(path)?.text ?? readFile(path);
  // A snippet shows what it is about: names that it does not use again are no mistake.
  const lenient = { ...options, noUnusedLocals: false, noUnusedParameters: false, isolatedModules: false };
  return ts.createProgram([...byFile.keys()], lenient, host);
}

function diagnosticsOf(program: ts.Program, { path, line, file }: Snippet): Problem[] {
  const source = program.getSourceFile(file);
  if (source === undefined) return [];
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return found.map(({ start, messageText }) => ({
    path,
    line: line + (start === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line),
    message: `this TypeScript does not compile: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  }));
}
