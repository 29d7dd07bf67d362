import { mkdir, open, readdir, readFile, rename, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ifPresent, removeFile, syncFolder } from '../objects/local-files.js';

const OPEN = 'open.ndjson';
const SEALED = /^(\d{8})\.ndjson$/;

/**
 * Lines that one process has on its own disk and the store may not have yet. One file is open and grows; sealing gives it a
 * number and starts another. What was written survives the death of the process; what was synced survives a power cut.
 * One live process per folder.
 */
export interface Spool {
  /** Whole lines to the end of the open file; all of them or none. */
  write(text: string): Promise<void>;
  /** Bytes in the open file. */
  size(): number;
  /** Syncs the open file. */
  sync(): Promise<void>;
  /** Syncs the open file and gives it a number; the next write starts a new one. Nothing happens when it is empty. */
  seal(seq: number): Promise<void>;
  /** Numbers of sealed files, ascending. */
  sealed(): Promise<number[]>;
  /** Content of a sealed file. */
  read(seq: number): Promise<Uint8Array>;
  /** Gives a sealed file another number. */
  renumber(from: number, to: number): Promise<void>;
  /** Removes a sealed file. */
  remove(seq: number): Promise<void>;
  /** Closes the open file, which stays. */
  close(): Promise<void>;
}

/**
 * Opens a spool, creating the folder. A line that was torn when its process died is cut off and counted in `torn`.
 */
export async function openSpool(folder: string): Promise<{ spool: Spool; torn: number }> {
  await mkdir(folder, { recursive: true });
  const torn = await mendOpenFile(folder);
  const path = join(folder, OPEN);
  const sealedPath = (seq: number): string => join(folder, `${String(seq).padStart(8, '0')}.ndjson`);
  let file: FileHandle | undefined;
  let size = (await ifPresent(stat(path)))?.size ?? 0;

  const opened = async (): Promise<FileHandle> => (file ??= await open(path, 'a'));
  const close = async (): Promise<void> => {
    await file?.close();
    file = undefined;
  };
  const spool: Spool = {
    write: async (text) => {
      await appendWhole(await opened(), text, size);
      size += Buffer.byteLength(text);
    },
    size: () => size,
    sync: async () => {
      if (size > 0) await (await opened()).sync();
    },
    seal: async (seq) => {
      if (size === 0) return;
      await (await opened()).sync();
      await close();
      await rename(path, sealedPath(seq));
      await syncFolder(folder);
      size = 0;
    },
    sealed: async () => {
      const numbers = (await readdir(folder)).map((name) => Number(SEALED.exec(name)?.[1] ?? Number.NaN));
      return numbers.filter((seq) => !Number.isNaN(seq)).sort((a, b) => a - b);
    },
    read: (seq) => readFile(sealedPath(seq)),
    renumber: (from, to) => rename(sealedPath(from), sealedPath(to)),
    remove: (seq) => removeFile(sealedPath(seq)),
    close,
  };
  return { spool, torn };
}

/** A write that failed half-way (disk full) must not leave half a line before the next one. */
async function appendWhole(file: FileHandle, text: string, size: number): Promise<void> {
  try {
    await file.appendFile(text);
  } catch (error) {
    // What cannot even be cut off is cut off when the folder is opened again.
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}

async function mendOpenFile(folder: string): Promise<number> {
  const path = join(folder, OPEN);
  const text = await ifPresent(readFile(path, 'utf8'));
  if (text === undefined) return 0;
  const lines = text.split('\n');
  const whole = lines.filter((line) => isJson(line));
  const torn = lines.filter((line) => line !== '').length - whole.length;
  if (torn === 0 && (text === '' || text.endsWith('\n'))) return 0;
  const mended = join(folder, 'mended');
  await writeFile(mended, whole.map((line) => `${line}\n`).join(''), { flush: true });
  await rename(mended, path);
  return torn;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
