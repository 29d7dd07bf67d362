import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';
import { noCandidateSchema } from '../../domain/reports.js';

/** Folders of the root whose code no user runs. Every other one is a room. */
const NO_ROOMS = new Set(['deploy', 'dist', 'docs', 'examples', 'node_modules', 'site', 'test', 'tools']);
const NOT_PRODUCT = /\.test\.ts$|(^|\/)(test-|fixture|.*-fixture|sample-|testing\/)|\/assembly\//;
const THROWS = /PerennialError|ApplicationFailure|RefusedError|NoCandidateResult|errorType|scoringFailure/;

/** Parameters through which helper functions take a code. */
const CODE_PARAMETERS = /^(type|reason|lost): (string|NoCandidate)$/;
const REFUSAL_PARTS = new Set(['thing', 'allowed', 'next', 'message', 'value']);

/** An error code. */
export interface ErrorCode {
  /** A file that gives it. */
  readonly file: string;
  /** The fixed words of its messages. */
  readonly says: string;
}

/** Every code that the product's own code gives an error. Read from the syntax, nothing is run. */
export function errorCodes(root: string): ReadonlyMap<string, ErrorCode> {
  const files = roomsOf(root)
    .flatMap((room) => sourcesOf(root, room))
    .filter(({ text }) => THROWS.test(text));
  const parsed = files.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  const exported = new Map(parsed.flatMap((file) => [...codeTakers(file, true)]));
  const codes = new Map<string, ErrorCode>(
    noCandidateSchema.options.map((reason) => [reason, { file: 'domain/reports.ts', says: '' }]),
  );
  for (const file of parsed) {
    const takers = new Map([...exported, ...codeTakers(file, false)]);
    visit(file, (node) => {
      for (const code of codesAt(node, takers)) {
        const known = codes.get(code);
        const says = `${known?.says ?? ''} ${wordsOf(node)}`.trim();
        codes.set(code, { file: known?.file ?? file.fileName, says });
      }
    });
  }
  return codes;
}

function roomsOf(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_ROOMS.has(entry.name))
    .map(({ name }) => name)
    .sort();
}

function sourcesOf(root: string, room: string): { path: string; text: string }[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(room, name.split(sep).join('/')))
    .filter((path) => path.endsWith('.ts') && !NOT_PRODUCT.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** Functions and classes of a file that take a code: by name, at which place. */
function codeTakers(file: ts.SourceFile, exportedOnly: boolean): Map<string, number> {
  const takers = new Map<string, number>();
  visit(file, (node) => {
    const name = takerName(node);
    if (name === undefined || (exportedOnly && !isExported(node))) return;
    const parameters = ts.isFunctionLike(node) ? node.parameters : [];
    const place = parameters.findIndex((parameter) => CODE_PARAMETERS.test(parameter.getText()));
    if (place !== -1) takers.set(name, place);
  });
  return takers;
}

function takerName(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name?.text;
  if (ts.isConstructorDeclaration(node)) return node.parent.name?.text;
  return ts.isArrowFunction(node) && ts.isVariableDeclaration(node.parent)
    ? node.parent.name.getText()
    : undefined;
}

function isExported(node: ts.Node): boolean {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent)
    if (
      ts.canHaveModifiers(at) &&
      ts.getModifiers(at)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    )
      return true;
  return false;
}

function codesAt(node: ts.Node, takers: ReadonlyMap<string, number>): string[] {
  if (ts.isObjectLiteralExpression(node)) return codesOfRefusal(node);
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'errorType') return texts(node.initializer);
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const called = node.expression.getText();
  const place = called === 'ApplicationFailure.nonRetryable' ? 1 : takers.get(called);
  const given = place === undefined ? undefined : node.arguments?.[place];
  return given === undefined ? [] : texts(given);
}

/** `{ type: 'code', thing: …, next: … }`, also when the rest is spread into it. */
function codesOfRefusal({ properties }: ts.ObjectLiteralExpression): string[] {
  const refuses = properties.some(
    (property) => ts.isSpreadAssignment(property) || REFUSAL_PARTS.has(property.name.getText()),
  );
  const type = properties.find((property) => property.name?.getText() === 'type');
  return refuses && type !== undefined && ts.isPropertyAssignment(type) ? texts(type.initializer) : [];
}

/** The texts that an expression may have as its value. */
function texts(node: ts.Expression): string[] {
  if (ts.isStringLiteral(node)) return /^[a-z][a-z0-9-]*$/.test(node.text) ? [node.text] : [];
  if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue), ...texts(node.whenFalse)];
  return ts.isBinaryExpression(node) ? texts(node.right) : [];
}

/** What an error says whatever it is about: its texts, without what is put into them. */
function wordsOf(node: ts.Node): string {
  const words: string[] = [];
  visit(node, (part) => {
    if (ts.isStringLiteralLike(part) || ts.isTemplateHead(part) || ts.isTemplateMiddleOrTemplateTail(part))
      words.push(part.text);
  });
  return words.join(' ');
}
