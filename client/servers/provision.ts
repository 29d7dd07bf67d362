import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { acquireLock, isLock } from './file-lock.js';
import { binFolder } from './program-search.js';
import type { Progress } from './progress.js';

const WORK_PREFIX = '.getting-';
const DAY_MS = 86_400_000;

/** What a way of getting a program needs to know. */
export interface FetchRequest {
  /** An empty folder of its own, on the file system where the program will live. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** Puts a program into `folder` and gives its path. Throws an Error that says in words why it could not. */
export type FetchProgram = (request: FetchRequest) => Promise<string>;

/** One way to get a program. */
export interface FetchWay<From extends string = string> {
  readonly from: From;
  readonly fetch: FetchProgram;
}

/** A program that Perennial gets by itself when this machine does not have it. */
export interface ProvisionPlan<Program> {
  /** For progress: `the Temporal server`. */
  readonly what: string;
  /** Where it is kept once it was got: a file in the cache folder, named after its version. */
  readonly path: string;
  /** The ways to get it, tried in this order. */
  readonly ways: readonly FetchWay[];
  /** What is here, and a line about each file that was passed over. */
  readonly find: () => Promise<{
    readonly program: Program | undefined;
    readonly skipped: readonly string[];
  }>;
  /** Looks at a file that was got, before it gets its name; a string says in words why it cannot be used. */
  readonly examine: (file: string, from: string) => Promise<Program | string>;
  /** The error when no way worked; gets a line about each. */
  readonly missing: (failures: readonly string[]) => PerennialError;
}

/**
 * A usable program: one that is here, else got, once per machine, into the cache folder. Of several processes at once one gets it
 * and the others wait. The file appears there whole or not at all. Throws the plan's error, or `cache-not-writable`.
 */
export async function provision<Program>(
  plan: ProvisionPlan<Program>,
  { progress, env }: { readonly progress: Progress; readonly env: NodeJS.ProcessEnv },
): Promise<Program> {
  const { program, skipped } = await plan.find();
  skipped.forEach(progress);
  if (program !== undefined) return program;
  return withLock(plan, { progress, env }, async () => {
    const now = await plan.find(); // whoever held the lock before may have got it
    return now.program ?? (await getOne(plan, { progress, env }, now.skipped));
  });
}

async function getOne<Program>(
  plan: ProvisionPlan<Program>,
  { progress, env }: { progress: Progress; env: NodeJS.ProcessEnv },
  skipped: readonly string[],
): Promise<Program> {
  removeAbandoned(binFolder(env));
  const failures = [...skipped];
  for (const { from, fetch } of plan.ways) {
    const folder = join(binFolder(env), `${WORK_PREFIX}${randomUUID()}`);
    mkdirSync(folder);
    try {
      const file = await fetch({ folder, env, progress });
      const program = await plan.examine(file, from);
      if (typeof program === 'string') throw new Error(`what came ${program}`);
      renameSync(file, plan.path);
      return program;
    } catch (error) {
      const failure = `${from}: ${error instanceof Error ? error.message : String(error)}`;
      progress(failure);
      failures.push(failure);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw plan.missing(failures);
}

async function withLock<T>(
  { what, path }: { readonly what: string; readonly path: string },
  { progress, env }: { progress: Progress; env: NodeJS.ProcessEnv },
  work: () => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(`${path}.lock`, {
    onWait: ({ pid }) => progress(`process ${pid} is already getting ${what}; waiting for it`),
  }).catch((error: unknown) => {
    throw notWritable(env, error);
  });
  if (!isLock(lock)) throw new Error(`lock ${path}.lock is held by process ${lock.pid}`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Removes what a process that was killed in the middle left behind. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(WORK_PREFIX))) {
    const path = join(folder, name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - changed > DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}

function notWritable(env: NodeJS.ProcessEnv, cause: unknown): PerennialError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PerennialError(
    {
      type: 'cache-not-writable',
      thing: 'Cache folder',
      value: binFolder(env),
      allowed: `a folder that can be written (${why})`,
      next: 'Make it writable, or set XDG_CACHE_HOME to one that is.',
    },
    { cause },
  );
}
