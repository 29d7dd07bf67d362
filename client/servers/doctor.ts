import { findTemporalBinary } from './find-temporal.js';
import {
  examineCache,
  examineDisk,
  examineGo,
  examineNode,
  examinePort,
  examineS3,
  examineTemporal,
  type Finding,
} from './doctor-machine.js';
import { findS3Binary } from './s3-binary.js';
import { S3_TOOL } from './s3-build.js';
import { TEMPORAL_TOOL } from './temporal-build.js';
import { examineCluster, examineNativeParts, examinePayloadKeys, examineStore } from './doctor-parts.js';

export type { Finding } from './doctor-machine.js';

/** What to look at. */
export interface ExamineOptions {
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ports that should be free, by what they are for. Default: those of the Temporal server and its Web UI. */
  readonly ports?: Readonly<Record<string, number>>;
}

const PORTS = { 'Temporal port': 7233, 'Temporal Web UI port': 8233 };

/**
 * Looks at this machine and says what is there and what is missing. Gets nothing, starts no server, changes nothing. Never throws
 * for what it finds. Takes about two seconds.
 */
export async function examine({ env = process.env, ports = PORTS }: ExamineOptions = {}): Promise<Finding[]> {
  const search = await findTemporalBinary({ env }).catch((error: unknown) => error);
  const temporal = examineTemporal(search, env);
  const s3 = examineS3(await findS3Binary({ env }), env);
  const toBuild = temporal.status === 'missing' ? TEMPORAL_TOOL : s3.status === 'ok' ? undefined : S3_TOOL;
  const findings = await Promise.all([
    examineNode(),
    temporal,
    s3,
    ...(toBuild === undefined ? [] : [examineGo(toBuild, env)]),
    examineCache(env),
    examineDisk(env, { toBuild: temporal.status === 'missing' }),
    ...examineNativeParts(env),
    ...examineCluster(env),
    ...examineStore(env),
    ...examinePayloadKeys(env),
    ...Object.entries(ports).map(([name, port]) => examinePort(name, port)),
  ]);
  return findings;
}

/** A table of findings for a terminal: a line each, and below those that need something the line that gets it. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, found, needed, fix }) => {
    const line = `${status.padEnd(7)}  ${name.padEnd(width)}  ${found}`;
    if (status === 'ok') return [line];
    const indent = ' '.repeat(9 + width + 2);
    return [line, `${indent}needed: ${needed}`, `${indent}fix: ${fix}`];
  });
  return lines.join('\n');
}
