import { failureOf, runCommand } from './run-command.js';
import { isAtLeast } from './version-order.js';

/** The Temporal CLI that Perennial is tested with: what tools/temporal-server builds and what a download asks for. */
export const TEMPORAL_CLI_VERSION = '1.8.2';

/** The oldest server inside a Temporal CLI that is accepted: older ones lack flags that Perennial starts it with. */
export const OLDEST_SERVER = '1.31.2';

/** Versions that a Temporal CLI reports of itself. */
export interface TemporalVersions {
  /** Of the command line; `0.0.0-DEV` for one built from its module. */
  readonly cli: string;
  /** Of the server inside, e.g. `1.31.2`. */
  readonly server: string;
}

/**
 * Runs `<path> --version` and gives what it reports, or says in words why this file is no Temporal CLI that can be used
 * (missing, broken, another program, too old).
 */
export async function readTemporalVersions(path: string): Promise<TemporalVersions | string> {
  const result = await runCommand(path, ['--version'], { timeoutMs: 30_000 });
  if (result.code !== 0) return `does not run: ${failureOf(result)}`;
  const match = /temporal version (\S+) \(Server (\d+\.\d+\.\d+)/.exec(result.stdout);
  const [, cli, server] = match ?? [];
  if (cli === undefined || server === undefined) {
    const said = result.stdout.trim().split('\n')[0] ?? '';
    return `is not the Temporal CLI: '--version' says '${said.slice(0, 60)}'`;
  }
  if (!isAtLeast(server, OLDEST_SERVER)) return `holds server ${server}; needed is ${OLDEST_SERVER} or newer`;
  return { cli, server };
}
