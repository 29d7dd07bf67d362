import { join } from 'node:path';
import { PROGRAM_SUFFIX } from './program-search.js';
import { reportWhile } from './progress.js';
import { projectRoot } from './project-root.js';
import type { FetchProgram } from './provision.js';
import { failureOf, runCommand } from './run-command.js';
import { isAtLeast } from './version-order.js';

/** The oldest Go that builds the modules of tools/. */
export const OLDEST_GO = '1.26.4';

const LIMIT_MS = 45 * 60_000;

/** A program that is built from a Go module of this project, whose go.sum fixes every byte of its sources. */
export interface GoTool {
  /** Folder of the module below tools/. */
  readonly module: string;
  /** Package of the program. */
  readonly package: string;
  /** For progress: `the Temporal server 1.8.2`. */
  readonly what: string;
  /** For progress: how long it takes on two cores with cold caches. */
  readonly minutes: string;
  /** More flags of the linker. */
  readonly linkerFlags?: string;
}

/** The command, as a person would type it in the project's folder, that builds a tool at `path`. */
export function goBuildLine(tool: GoTool, path: string): string {
  return `cd '${moduleFolder(tool)}' && CGO_ENABLED=0 go build -trimpath -ldflags '${linkerFlags(tool)}' -o '${path}' ${tool.package}`;
}

/** The version of `go` on PATH, e.g. `1.26.8`; undefined when there is none that runs. */
export async function goVersion(tool: GoTool, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Inside the module: a Go that may fetch newer toolchains answers with the one that it would build with.
  const result = await runCommand('go', ['version'], { cwd: moduleFolder(tool), env, timeoutMs: 120_000 });
  return /go version go(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1];
}

/** A way to get a tool: builds it. */
export function goBuilder(tool: GoTool): FetchProgram {
  return async ({ folder, env, progress }) => {
    const version = await goVersion(tool, env);
    if (version === undefined)
      throw new Error(`there is no 'go' on PATH; needed is Go ${OLDEST_GO} or newer`);
    if (!isAtLeast(version, OLDEST_GO)) throw new Error(`Go is ${version}; needed is ${OLDEST_GO} or newer`);
    progress(`building ${tool.what} with Go ${version}: about ${tool.minutes}, once per machine`);
    const file = join(folder, `${tool.module}${PROGRAM_SUFFIX}`);
    const args = ['build', '-trimpath', '-ldflags', linkerFlags(tool), '-o', file, tool.package];
    const work = runCommand('go', args, {
      cwd: moduleFolder(tool),
      env: { ...env, CGO_ENABLED: '0' },
      timeoutMs: LIMIT_MS,
    });
    const line = (elapsed: string): string => `building ${tool.what}: ${elapsed} of about ${tool.minutes}`;
    const result = await reportWhile(work, { progress, line });
    if (result.code !== 0) throw new Error(`go build failed: ${failureOf(result)}`);
    return file;
  };
}

const linkerFlags = ({ linkerFlags: more }: GoTool): string =>
  more === undefined ? '-s -w' : `-s -w ${more}`;

function moduleFolder(tool: GoTool): string {
  return join(projectRoot(), 'tools', tool.module);
}
