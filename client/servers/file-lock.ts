import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const ENDED = 'ended';

/** Who holds a lock, as its file says. */
export interface LockHolder {
  /** The process whose life is the lock's life. */
  readonly pid: number;
  /** When that process began, as the kernel counts (Linux; empty elsewhere): a process id is used again after a while. */
  readonly birth: string;
  /** What the holder wants others to know. */
  readonly note: Readonly<Record<string, string>>;
}

/** A lock that this process took. */
export interface FileLock {
  /** Ties the lock to another living process (a child of ours) and says something about it. */
  handTo(pid: number, note: Readonly<Record<string, string>>): void;
  /** Removes the lock. Does nothing when it is no longer ours. */
  release(): void;
}

/** How to take a lock. */
export interface LockOptions {
  /** How long to wait for a living holder, milliseconds. 0 gives up at once. Default: for ever. */
  readonly waitMs?: number;
  /** Called once, before the first wait. */
  readonly onWait?: (holder: LockHolder) => void;
}

/**
 * Takes the lock that this file stands for: one process on this machine holds it. A lock whose process has died is taken over.
 * Gives the living holder instead of a lock when `waitMs` have passed.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<FileLock | LockHolder> {
  mkdirSync(dirname(path), { recursive: true });
  const end = performance.now() + (options.waitMs ?? Infinity);
  const own = holderText(process.pid);
  for (let waited = false; ; waited = true) {
    if (createWhole(path, own)) return lockAt(path, own);
    const seen = readLock(path);
    if (seen === undefined) continue; // released between the two looks
    if (!isAlive(seen.holder)) {
      removeStale(path, seen.text);
      continue;
    }
    if (performance.now() >= end) return seen.holder;
    if (!waited) options.onWait?.(seen.holder);
    await sleep(POLL_MS);
  }
}

/** Whether {@link acquireLock} gave a lock, not the holder that has it. */
export function isLock(result: FileLock | LockHolder): result is FileLock {
  return 'release' in result;
}

/** The living holder of a lock, if there is one. */
export function lockHolder(path: string): LockHolder | undefined {
  const seen = readLock(path);
  return seen !== undefined && isAlive(seen.holder) ? seen.holder : undefined;
}

function lockAt(path: string, created: string): FileLock {
  let text = created;
  return {
    handTo(pid, note) {
      text = holderText(pid, note);
      const draft = `${path}.${randomUUID()}`;
      writeFileSync(draft, text);
      renameSync(draft, path);
    },
    release() {
      if (readLock(path)?.text === text) rmSync(path, { force: true });
    },
  };
}

/** Creates a file that nobody ever sees half-written; false when it exists. */
function createWhole(path: string, text: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a dead holder's lock. Between the look and the removal another process may have taken it over: that one is put back. */
function removeStale(path: string, staleText: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const text = readFileSync(aside, 'utf8');
  if (text !== staleText) createWhole(path, text);
  rmSync(aside, { force: true });
}

function readLock(path: string): { holder: LockHolder; text: string } | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return { holder: parseHolder(text), text };
}

/** What a lock file says; a file that no lock of ours wrote counts as one of a dead process (id 0). */
function parseHolder(text: string): LockHolder {
  try {
    const raw = JSON.parse(text) as Partial<LockHolder> | null;
    return { pid: Number(raw?.pid ?? 0), birth: String(raw?.birth ?? ''), note: { ...raw?.note } };
  } catch {
    return { pid: 0, birth: '', note: {} };
  }
}

function holderText(pid: number, note: Readonly<Record<string, string>> = {}): string {
  // The id tells two locks of the same process apart.
  return `${JSON.stringify({ pid, birth: birthOf(pid), note, id: randomUUID() })}\n`;
}

function isAlive({ pid, birth }: LockHolder): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false; // EPERM: alive, of another user
  }
  const now = birthOf(pid);
  return now !== ENDED && now === birth;
}

/** Field 22 of /proc/<pid>/stat: clock ticks from boot to the start of the process. A zombie counts as dead. */
function birthOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces: count from behind it, where field 3 (the state) begins.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? ENDED : (fields[19] ?? '');
  } catch {
    return ENDED;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
