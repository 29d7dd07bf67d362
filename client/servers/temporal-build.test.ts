import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensureTemporalBinary } from './temporal-binary.js';
import { OLDEST_GO } from './go-build.js';
import { buildLine, buildWithGo } from './temporal-build.js';
import { OLDEST_SERVER, TEMPORAL_CLI_VERSION } from './temporal-version.js';

const goMod = readFileSync(new URL('../../tools/temporal-server/go.mod', import.meta.url), 'utf8');

it('builds the version that go.mod pins, with the Go that it asks for', () => {
  const pinned = (name: string): string | undefined =>
    new RegExp(`^\\s*${name} v?(\\S+)`, 'm').exec(goMod)?.[1];
  expect(pinned('github.com/temporalio/cli')).toBe(TEMPORAL_CLI_VERSION);
  expect(pinned('go.temporal.io/server')).toBe(OLDEST_SERVER);
  expect(pinned('go')).toBe(OLDEST_GO);
});

it('shows the command as a person would type it', () => {
  expect(buildLine('/cache/temporal')).toMatch(
    /^cd '.*tools\/temporal-server' && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o '\/cache\/temporal' github/,
  );
});

// Minutes on a machine whose Go caches are cold.
if (process.env['PERENNIAL_SOAK'] === '1') {
  it('is built by the real Go into an empty cache, and runs', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'perennial-build-'));
    onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
    // Go's own cache follows XDG_CACHE_HOME too; keep it where it is.
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const { TEMPORAL_CLI: _, ...rest } = process.env;
    const env = { ...rest, XDG_CACHE_HOME: cache, GOCACHE: goCache };
    const binary = await ensureTemporalBinary({
      env,
      progress: (line) => console.log(line),
      ways: [{ from: 'go build', fetch: buildWithGo }],
    });
    expect(binary).toMatchObject({ server: OLDEST_SERVER });
    expect(binary.path).toContain('temporal');
  });
}
