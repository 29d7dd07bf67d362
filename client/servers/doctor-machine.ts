import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { cachedTemporalPath, type TemporalSearch } from './find-temporal.js';
import { isPortFree } from './free-port.js';
import { goVersion, OLDEST_GO, type GoTool } from './go-build.js';
import { binFolder, describeSkipped } from './program-search.js';
import { cachedS3Path, type S3Search } from './s3-binary.js';
import { S3_SERVER_VERSION, s3BuildLine } from './s3-build.js';
import { buildLine } from './temporal-build.js';
import { OLDEST_SERVER } from './temporal-version.js';
import { isAtLeast } from './version-order.js';

const OLDEST_NODE = '20.19.0';
const GB = 1e9;
const BUILD_GB = 6;
const RUN_GB = 2;

/** One thing that Perennial needs, and how this machine does. */
export interface Finding {
  readonly name: string;
  /** `missing` stops Perennial, `warning` may. */
  readonly status: 'ok' | 'missing' | 'warning';
  /** What is there. */
  readonly found: string;
  /** What would do. */
  readonly needed: string;
  /** One line that gets it; empty when nothing is to be done. */
  readonly fix: string;
}

/** The version of Node that runs this. */
export function examineNode(version: string = process.versions.node): Finding {
  const ok = isAtLeast(version, OLDEST_NODE);
  return {
    name: 'Node',
    status: ok ? 'ok' : 'missing',
    found: version,
    needed: `${OLDEST_NODE} or newer`,
    fix: ok ? '' : 'install Node 24 from https://nodejs.org',
  };
}

/** What the search for a Temporal CLI gave or threw. */
export function examineTemporal(search: TemporalSearch | unknown, env: NodeJS.ProcessEnv): Finding {
  const name = 'Temporal CLI';
  const needed = `the Temporal CLI with server ${OLDEST_SERVER} or newer`;
  if (!isSearch(search)) {
    const found = search instanceof Error ? search.message : String(search);
    return {
      name,
      status: 'missing',
      found,
      needed,
      fix: 'unset TEMPORAL_CLI, or let it name a Temporal CLI',
    };
  }
  const { binary, skipped } = search;
  const notes = skipped.map(describeSkipped).join('; ');
  if (binary === undefined) {
    const fix = `\`perennial up\` gets it by itself (network or Go); by hand: ${buildLine(cachedTemporalPath(env))}`;
    return { name, status: 'missing', found: notes === '' ? 'none' : notes, needed, fix };
  }
  const found = `server ${binary.server} (CLI ${binary.cli}), ${binary.path}, from ${binary.from}`;
  if (notes === '') return { name, status: 'ok', found, needed, fix: '' };
  return {
    name,
    status: 'warning',
    found: `${found}; ${notes}`,
    needed,
    fix: 'update or remove the file that is skipped',
  };
}

/** Go, which builds what is missing. Never fetches another toolchain. */
export async function examineGo(tool: GoTool, env: NodeJS.ProcessEnv): Promise<Finding> {
  const version = await goVersion(tool, { ...env, GOTOOLCHAIN: 'local' });
  const ok = version !== undefined && isAtLeast(version, OLDEST_GO);
  return {
    name: 'Go',
    status: ok ? 'ok' : 'warning',
    found: version ?? 'none',
    needed: `${OLDEST_GO} or newer, to build ${tool.what}`,
    fix: ok
      ? ''
      : 'install Go from https://go.dev/dl; the Temporal CLI also comes from https://docs.temporal.io/cli',
  };
}

/** What the search for the S3 server gave. Only `--store s3` and the tests need one. */
export function examineS3({ binary, skipped }: S3Search, env: NodeJS.ProcessEnv): Finding {
  const notes = skipped.map(describeSkipped).join('; ');
  const none = notes === '' ? 'none' : notes;
  return {
    name: 'S3 server',
    status: binary === undefined ? 'warning' : 'ok',
    found: binary === undefined ? none : `versitygw ${binary.version}, ${binary.path}, from ${binary.from}`,
    needed: `versitygw ${S3_SERVER_VERSION} or newer, for \`--store s3\` and \`npm test\` only`,
    fix:
      binary === undefined
        ? `they build it by themselves (Go); by hand: ${s3BuildLine(cachedS3Path(env))}`
        : '',
  };
}

/** Whether programs can be kept in the cache folder. */
export function examineCache(env: NodeJS.ProcessEnv): Finding {
  const folder = binFolder(env);
  const ok = isWritable(nearest(folder));
  return {
    name: 'Cache folder',
    status: ok ? 'ok' : 'warning',
    found: `${folder}, ${ok ? 'can be written' : 'cannot be written'}`,
    needed: 'a folder that can be written',
    fix: ok ? '' : 'make it writable, or set XDG_CACHE_HOME to a folder that is',
  };
}

/** Free space where the cache folder is. */
export function examineDisk(env: NodeJS.ProcessEnv, { toBuild }: { toBuild: boolean }): Finding {
  const folder = nearest(binFolder(env));
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / GB;
  const need = toBuild ? BUILD_GB : RUN_GB;
  return {
    name: 'Free disk',
    status: free >= need ? 'ok' : 'warning',
    found: `${free.toFixed(1)} GB at ${folder}`,
    needed: `${need} GB${toBuild ? ' to build the Temporal server' : ''}`,
    fix: free >= need ? '' : 'free some space, or set XDG_CACHE_HOME to a larger disk',
  };
}

/** Whether a port of the loopback address is free. */
export async function examinePort(name: string, port: number): Promise<Finding> {
  const free = await isPortFree(port);
  return {
    name,
    status: free ? 'ok' : 'warning',
    found: `${port} ${free ? 'is free' : 'is taken'}`,
    needed: 'a free port, unless Perennial itself already runs there',
    fix: free ? '' : 'choose another port, or stop the program that listens there',
  };
}

function isSearch(value: unknown): value is TemporalSearch {
  return typeof value === 'object' && value !== null && 'skipped' in value;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder, or the nearest one above it that exists. */
function nearest(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearest(dirname(folder));
}
