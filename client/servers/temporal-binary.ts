import { PerennialError } from '../../domain/errors.js';
import {
  cachedTemporalPath,
  findTemporalBinary,
  type BinarySource,
  type TemporalBinary,
} from './find-temporal.js';
import { OLDEST_GO } from './go-build.js';
import { binFolder, describeSkipped } from './program-search.js';
import { silent, type Progress } from './progress.js';
import { provision, type FetchWay } from './provision.js';
import { buildLine, buildWithGo } from './temporal-build.js';
import { downloadWithSdk } from './temporal-download.js';
import { readTemporalVersions } from './temporal-version.js';

/** How to get the Temporal CLI. */
export interface EnsureOptions {
  /** Told what happens and how long it takes; silent when nothing must be got. Default: nothing is told. */
  readonly progress?: Progress;
  /** Where TEMPORAL_CLI, PATH, HOME and XDG_CACHE_HOME are read. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** The ways to get one that is not here, tried in this order. Default: the SDK's download, then Go. */
  readonly ways?: readonly FetchWay<BinarySource>[];
}

const WAYS: readonly FetchWay<BinarySource>[] = [
  { from: 'download', fetch: downloadWithSdk },
  { from: 'go build', fetch: buildWithGo },
];

/**
 * A usable Temporal CLI: one that is here (see {@link findTemporalBinary}), else downloaded or built, once per machine, into the
 * cache folder. Of several processes at once one gets it and the others wait. The file appears there whole or not at all.
 * Throws a {@link PerennialError} that says what was tried and the line that gets it by hand.
 */
export function ensureTemporalBinary(options: EnsureOptions = {}): Promise<TemporalBinary> {
  const { progress = silent, env = process.env, ways = WAYS } = options;
  const path = cachedTemporalPath(env);
  return provision<TemporalBinary>(
    {
      what: 'the Temporal server',
      path,
      ways,
      find: async () => {
        const { binary, skipped } = await findTemporalBinary({ env });
        return { program: binary, skipped: skipped.map(describeSkipped) };
      },
      examine: async (file, from) => {
        const versions = await readTemporalVersions(file);
        if (typeof versions === 'string') return versions;
        return { path, from: ways.find((way) => way.from === from)?.from ?? 'cache', ...versions };
      },
      missing: (failures) => nothingWorked(failures, env),
    },
    { progress, env },
  );
}

function nothingWorked(failures: readonly string[], env: NodeJS.ProcessEnv): PerennialError {
  return new PerennialError({
    type: 'temporal-cli-missing',
    thing: 'Temporal CLI',
    allowed: `one in TEMPORAL_CLI, on PATH or in ${binFolder(env)}, or a network for the download, or Go ${OLDEST_GO} (${failures.join('; ')})`,
    next: `Install it from https://docs.temporal.io/cli, or, with Go: ${buildLine(cachedTemporalPath(env))}`,
  });
}
