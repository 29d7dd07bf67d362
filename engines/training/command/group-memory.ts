import { readdir, readFile } from 'node:fs/promises';

/** How often a group is measured. @format milliseconds */
const EVERY_MS = 500;
const MIB = 2 ** 20;
/** Of Linux on every machine that Node runs on with pages of the usual size. @format bytes */
const PAGE = 4096;

/**
 * Calls `onTooLarge` once the processes of a group hold more memory than `limitMb` (resident pages; shared ones count in each). Without a
 * limit, or where there is no /proc, it measures nothing.
 */
export function watchMemory(
  group: number | undefined,
  limitMb: number | undefined,
  onTooLarge: () => void,
): { close(): void } {
  if (group === undefined || limitMb === undefined) return { close: () => undefined };
  const timer = setInterval(() => {
    void residentBytes(group).then((bytes) => {
      if (bytes > limitMb * MIB) onTooLarge();
    });
  }, EVERY_MS);
  return { close: () => clearInterval(timer) };
}

/** Resident memory of a process group but for its leader, which supervises; 0 where it cannot be known. @format bytes */
export async function residentBytes(group: number): Promise<number> {
  const names = await readdir('/proc').catch(() => []);
  const others = names.filter((name) => /^\d+$/.test(name) && name !== String(group));
  const pages = await Promise.all(others.map((pid) => pagesOf(pid, group)));
  return pages.reduce((sum, count) => sum + count, 0) * PAGE;
}

/** Fields of `/proc/<pid>/stat` after the name of the program, which may hold anything. */
const GROUP_FIELD = 2;
const RSS_FIELD = 21;

async function pagesOf(pid: string, group: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[GROUP_FIELD]) === group ? Number(fields[RSS_FIELD]) : 0;
}
