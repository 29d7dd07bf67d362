import { formatMillis } from '../../domain/duration.js';
import { clip } from '../../domain/bounds.js';
import { PerennialError } from '../../domain/errors.js';
import type { PluginRole } from '../../domain/plugins.js';
import { ThreadLost } from '../threads/one-thread.js';

/** Where what a plug-in must do is written. */
const CONTRACT = 'docs/plugins.md says what it must be like.';
/** Of an error's text. @format characters */
const SHOWN = 400;

/** A file that is no plug-in. */
export function unusablePlugin(file: string, why: string, cause?: unknown): PerennialError {
  return new PerennialError(
    {
      type: 'plugin-unusable',
      thing: `plug-in ${file} (${clip(why, SHOWN)})`,
      allowed: 'a module whose default export is definePlugin({…})',
      next: `Correct it and start the worker again. ${CONTRACT}`,
    },
    { cause },
  );
}

/** Two plug-ins of one name: which one a spec means could not be said. */
export function twicePlugin(name: string, files: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'plugin-twice',
    thing: `name of the plug-ins ${files.join(' and ')}`,
    value: name,
    allowed: 'a name for each plug-in of a worker',
    next: 'Rename one, or load one of them.',
  });
}

/** Something that a spec names and this worker has not loaded. */
export function unknownPlugin(
  { role, name, path }: { readonly role: PluginRole; readonly name: string; readonly path: string },
  known: readonly string[],
): PerennialError {
  return new PerennialError({
    type: 'unknown-plugin',
    thing: path,
    value: name,
    allowed: `a ${role} of a plug-in that this worker has loaded: ${known.join(', ') || '(it has none)'}`,
    next: 'Start every worker with --plugin (PERENNIAL_PLUGINS), or correct the spec.',
  });
}

/** The code is not what it was when the worker, or the decision, began. */
export function changedPlugin(name: string, before: string, now: string, since: string): PerennialError {
  return new PerennialError({
    type: 'plugin-changed',
    thing: `sha256 of plug-in '${name}'`,
    value: now.slice(0, 12),
    allowed: `${before.slice(0, 12)}, as when ${since}`,
    next: 'Start every worker again with the same files, then ask again.',
  });
}

/** Options that the plug-in itself does not take. */
export function badOptions(name: string, error: unknown): PerennialError {
  return new PerennialError({
    type: 'plugin-options',
    thing: `options of '${name}'`,
    allowed: `what the plug-in takes (it says: ${clip(textOf(error), SHOWN)})`,
    next: 'Correct the spec.',
  });
}

/** A spec that asks for more time than a trainer has. */
export function tooLong(name: string, timeout: string, mostMs: number): PerennialError {
  return new PerennialError({
    type: 'timeout-too-long',
    thing: 'trainer.timeout',
    value: timeout,
    allowed: `at most ${formatMillis(mostMs)}, the time of '${name}'`,
    next: 'Lower it, or raise `timeout` in the plug-in.',
  });
}

/** An answer that is none. */
export function badAnswer(name: string, error: unknown): PerennialError {
  return new PerennialError({
    type: 'plugin-failed',
    thing: `answer of '${name}' (${clip(textOf(error), SHOWN)})`,
    allowed: 'the answer of its kind',
    next: `Mend the plug-in. ${CONTRACT}`,
  });
}

/** A plug-in that threw, or whose thread gave no answer. */
export function failedPlugin(name: string, error: unknown): PerennialError {
  const late = error instanceof ThreadLost && error.how === 'timeout';
  return new PerennialError(
    {
      type: 'plugin-failed',
      thing: `'${name}' (${clip(textOf(error), SHOWN)})`,
      allowed: late ? 'an answer within its time limit' : 'an answer, not an error',
      next: late ? 'Make it quicker, or raise its `timeout` in the plug-in.' : 'Mend the plug-in.',
    },
    { cause: error },
  );
}

/** What somebody else's error says, in one line: zod's issues by place, any other by its message. */
export function textOf(error: unknown): string {
  const issues: unknown =
    typeof error === 'object' && error !== null && 'issues' in error ? error.issues : null;
  if (Array.isArray(issues) && issues.length > 0) return issues.map(issueText).join('; ');
  if (error instanceof ThreadLost) return error.message;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, ' ');
}

function issueText(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return String(issue);
  const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.join('.') : '';
  const message = 'message' in issue ? String(issue.message) : '';
  return path === '' ? message : `${path}: ${message}`;
}
