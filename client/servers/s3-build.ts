import { goBuilder, goBuildLine, type GoTool } from './go-build.js';
import type { FetchProgram } from './provision.js';

/** The S3 server (versitygw) that Perennial is tested with: what tools/s3-server builds. Older ones are not atomic. */
export const S3_SERVER_VERSION = '1.8.0';

/** The S3 server, as tools/s3-server builds it. */
export const S3_TOOL: GoTool = {
  module: 's3-server',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  what: `the S3 server (versitygw ${S3_SERVER_VERSION})`,
  minutes: '2 minutes',
  // A build from a module does not know its version by itself.
  linkerFlags: `-X main.Version=${S3_SERVER_VERSION}`,
};

/** The command, as a person would type it in the project's folder, that builds the S3 server at `path`. */
export function s3BuildLine(path: string): string {
  return goBuildLine(S3_TOOL, path);
}

/** Builds the S3 server. */
export const buildS3WithGo: FetchProgram = goBuilder(S3_TOOL);
