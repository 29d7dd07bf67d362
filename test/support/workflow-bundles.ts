import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import {
  bundleName,
  bundlePaths,
  dataConverterOf,
  workflowCode,
  type WorkerDataConverter,
  type WorkflowCode,
} from '../../worker/data-converter.js';

const FOLDER = 'PERENNIAL_WORKFLOW_BUNDLES';

/**
 * Bundles the workflows of these sources once for the whole run: every worker of every test would take three seconds of a processor for
 * it. Workers in processes of their own find the folder in their environment.
 */
export async function bundleForAll(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  for (const converter of [dataConverterOf({}), dataConverterOf({ PERENNIAL_PAYLOAD_KEYS: keys })]) {
    const { code } = await bundleWorkflowCode({
      ...bundlePaths(converter),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(join(folder, bundleName(converter)), code);
  }
  process.env[FOLDER] = folder;
}

/** The workflows' code for a worker in this process. */
export const sharedCode = (converter: WorkerDataConverter): WorkflowCode =>
  workflowCode(converter, process.env[FOLDER]);
