import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StoreAddress, Work } from './object-store-process.js';

const ENTRY = fileURLToPath(new URL('./object-store-process.ts', import.meta.url));

/** A process of the contract suite. */
export interface StoreProcess {
  /** The next JSON line that it says. */
  next(): Promise<Record<string, unknown>>;
  /** Lets it begin. */
  go(): void;
  /** Ends it with SIGKILL, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a process on the store and waits until it is ready to begin. */
export async function startProcess(address: StoreAddress, work: Work): Promise<StoreProcess> {
  const args = ['--import', 'tsx', ENTRY, JSON.stringify(address), JSON.stringify(work)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true)
      throw new Error(`a process of the suite ended early (exit ${String(child.exitCode)})`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  await next();
  return { next, go: () => void child.stdin.write('go\n'), kill: () => kill(child) };
}

/** Runs one process per work, lets all begin at once, and returns the first line that each says. */
export async function race(
  address: StoreAddress,
  works: readonly Work[],
): Promise<Record<string, unknown>[]> {
  const processes = await Promise.all(works.map((work) => startProcess(address, work)));
  try {
    for (const each of processes) each.go();
    return await Promise.all(processes.map((each) => each.next()));
  } finally {
    await Promise.all(processes.map((each) => each.kill()));
  }
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
