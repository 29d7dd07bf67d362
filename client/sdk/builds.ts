import { setTimeout as wait } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import { PerennialError } from '../../domain/errors.js';
import type { Perennial } from './perennial.js';

/** One build of a deployment's workers. */
export interface Build {
  readonly build: string;
  /** True for the one that gets the work. */
  readonly current: boolean;
  /** ISO 8601; when its workers were seen first. */
  readonly since: string | null;
}

/** The builds of a deployment, newest first. */
export interface Builds {
  readonly deployment: string;
  /** Null while no build is current: workers without versions get the work. */
  readonly current: string | null;
  readonly builds: readonly Build[];
}

/** What is asked of a deployment. */
export interface BuildsRequest {
  /** @default the name of the task queue */
  readonly deployment?: string | undefined;
}

/** Which build shall get the work. */
export interface UpgradeRequest extends BuildsRequest {
  /** How long to wait for its workers. @format milliseconds @default 10000 */
  readonly waitMs?: number | undefined;
}

/** gRPC: invalid argument, not found, failed precondition. */
const NOT_FOUND = 5;
const REFUSALS = new Set([3, NOT_FOUND, 9]);
const WAIT_MS = 10_000;
const PAUSE_MS = 500;

/** The builds that workers of a deployment have polled with. Throws `unknown-deployment`. */
export async function listBuilds(perennial: Perennial, request: BuildsRequest = {}): Promise<Builds> {
  const deployment = request.deployment ?? perennial.settings.taskQueue;
  const { client } = await perennial.temporal();
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo: info } = await client.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: deployment,
    });
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
    const builds = (info?.versionSummaries ?? []).map(({ deploymentVersion, createTime }) => ({
      build: deploymentVersion?.buildId ?? '',
      current: deploymentVersion?.buildId === current,
      since: createTime ? new Date(Number(createTime.seconds ?? 0) * 1000).toISOString() : null,
    }));
    return {
      deployment,
      current,
      builds: builds.sort((a, b) => ((a.since ?? '') < (b.since ?? '') ? 1 : -1)),
    };
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) throw unknownDeployment(deployment);
    throw error;
  }
}

/**
 * Gives all work to a build: new workflows, and the next step of every open one. Its workers must be polling; they are waited for. Gives the build that was current before. Throws `unknown-deployment`, and `unknown-build` when no such workers
 * come or they do not serve every task queue of the deployment.
 */
export async function upgradeTo(
  perennial: Perennial,
  build: string,
  request: UpgradeRequest = {},
): Promise<{ readonly deployment: string; readonly build: string; readonly before: string | null }> {
  const { client } = await perennial.temporal();
  const { namespace, identity } = client.options;
  const until = Date.now() + (request.waitMs ?? WAIT_MS);
  for (;;) {
    const { deployment, current, builds } = await listBuilds(perennial, request);
    if (current === build) return { deployment, build, before: build };
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        ...{ namespace, identity, deploymentName: deployment, buildId: build },
      });
      return { deployment, build, before: current };
    } catch (error) {
      if (!isGrpcServiceError(error) || !REFUSALS.has(Number(error.code))) throw error;
      if (Date.now() >= until) throw unknownBuild(build, builds, error.details);
    }
    await wait(PAUSE_MS);
  }
}

function unknownDeployment(deployment: string): PerennialError {
  return new PerennialError({
    type: 'unknown-deployment',
    thing: 'worker deployment',
    value: deployment,
    allowed: 'a deployment whose workers have polled',
    next: 'Start a worker with PERENNIAL_BUILD_ID set, or name the deployment with --deployment.',
  });
}

function unknownBuild(build: string, builds: readonly Build[], details: string): PerennialError {
  return new PerennialError({
    type: 'unknown-build',
    thing: 'build',
    value: build,
    allowed: `a build whose workers poll every task queue, of ${builds.map((known) => known.build).join(', ')}`,
    next: `Start its workers first (${details}).`,
  });
}
