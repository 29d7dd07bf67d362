import { setTimeout as wait } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { z } from 'zod';

/** One build of the workers of a deployment. */
export interface Deployment {
  readonly name: string;
  readonly build: string;
}

/** Variables of worker versioning. */
export const deploymentEnvironment = {
  PERENNIAL_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, { message: 'up to 100 letters, digits, dots, hyphens and underscores' })
    .optional()
    .describe(
      'Turns worker versioning on: names this build, e.g. the image’s tag. Temporal then gives work only to the current build of the deployment; `perennial upgrade` says which that is. Absent: any worker gets any work.',
    ),
  PERENNIAL_DEPLOYMENT: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, { message: 'up to 100 letters, digits, hyphens and underscores' })
    .optional()
    .describe('Worker deployment that this build belongs to. Absent: the name of the task queue.'),
} as const;

/**
 * How workers of a build poll. Every workflow goes on with whatever build is current (`AUTO_UPGRADE`): a lifecycle lives for years,
 * and a retrain or rollout that were pinned would wait for ever for a build that nobody runs any more. What makes that safe is
 * that every build replays the histories of those before it (`test/replay`).
 */
export function versioningOf(deployment: Deployment | undefined): Partial<WorkerOptions> {
  if (deployment === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName: deployment.name, buildId: deployment.build },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

/** gRPC: not found, and failed precondition. The server learns of a build a moment after it polls. */
const NOT_YET = new Set([5, 9]);
const TRIES = 60;
const PAUSE_MS = 500;

/**
 * The build that gets the work. The first build of a deployment is made current here, since without one no worker of it gets any;
 * later ones only by a person or a deploy script. Undefined when the server does not say within half a minute.
 */
export async function currentBuild(client: Client, deployment: Deployment): Promise<string | undefined> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      return await currentOrFirst(client, deployment);
    } catch (error) {
      if (!isGrpcServiceError(error) || !NOT_YET.has(Number(error.code))) throw error;
      await wait(PAUSE_MS);
    }
  }
  return undefined;
}

async function currentOrFirst(
  { workflowService, options }: Client,
  { name, build }: Deployment,
): Promise<string> {
  const { namespace } = options;
  const described = await workflowService.describeWorkerDeployment({ namespace, deploymentName: name });
  const current = described.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion;
  if (current?.buildId) return current.buildId;
  const { conflictToken } = described;
  await workflowService.setWorkerDeploymentCurrentVersion({
    ...{ namespace, deploymentName: name, buildId: build, conflictToken, identity: options.identity },
  });
  return build;
}
