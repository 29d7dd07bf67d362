import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloader } from './temporal-download.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-download-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines: string[] = [];
const download = (script: string, stalledMs = 60_000): Promise<string> =>
  downloader({
    script: `import fs from 'node:fs'; const [folder, version] = process.argv.slice(1); ${script}`,
    stalledMs,
  })({
    folder,
    env: process.env,
    progress: (line) => void lines.push(line),
  });
const HANG = 'setInterval(() => undefined, 1000);';

describe('a download of the Temporal CLI', () => {
  it('asks for the tested version and makes what came a program', async () => {
    const path = await download("fs.writeFileSync(folder + '/temporal-1', version)");
    expect(readFileSync(path, 'utf8')).toBe('v1.8.2');
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(lines[0]).toMatch(/^downloading the Temporal server 1\.8\.2 \(about 50 MB/);
  });

  it('counts when the file is whole, however the script ends', async () => {
    const path = await download("fs.writeFileSync(folder + '/temporal-1', 'x'); process.exit(1)");
    expect(path).toBe(join(folder, 'temporal-1'));
  });

  it('gives up when nothing arrives', async () => {
    await expect(download(HANG, 300)).rejects.toThrow(/nothing came in .*: it did not end in time/);
  });

  it('gives up when it stops in the middle', async () => {
    const script = `fs.writeFileSync(folder + '/temporal-1.downloading', 'half'); ${HANG}`;
    await expect(download(script, 300)).rejects.toThrow(/it did not end in time/);
  });

  it('says why the network refused', async () => {
    await expect(download("console.error('name does not resolve'); process.exit(1)")).rejects.toThrow(
      /nothing came in .*: name does not resolve/,
    );
  });
});
