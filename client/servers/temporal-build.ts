import { goBuilder, goBuildLine, type GoTool } from './go-build.js';
import type { FetchProgram } from './provision.js';
import { TEMPORAL_CLI_VERSION } from './temporal-version.js';

/** The Temporal CLI, as tools/temporal-server builds it. */
export const TEMPORAL_TOOL: GoTool = {
  module: 'temporal-server',
  package: 'github.com/temporalio/cli/cmd/temporal',
  what: `the Temporal server ${TEMPORAL_CLI_VERSION}`,
  minutes: '4 minutes',
};

/** The command, as a person would type it in the project's folder, that builds the Temporal CLI at `path`. */
export function buildLine(path: string): string {
  return goBuildLine(TEMPORAL_TOOL, path);
}

/** Builds the Temporal CLI. */
export const buildWithGo: FetchProgram = goBuilder(TEMPORAL_TOOL);
