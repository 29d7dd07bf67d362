import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { Runtime, type InjectedSinks, type WorkerOptions } from '@temporalio/worker';
import type { TraceSinks } from '../workflows/trace-sinks.js';
import { createWorkerCodec } from '../storage/payloads/payload-codec.js';
import { readPayloadKeys } from '../storage/payloads/payload-keys.js';

/** `./x.ts` beside the sources, `./x.js` beside the compiled files. */
const beside = (path: string): string =>
  fileURLToPath(new URL(`${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

const workflowsPath = beside('../workflows/index');
const payloadConverterPath = beside('../workflows/payload-converter');
const failureConverterPath = beside('../workflows/failure-converter');
const interceptorsPath = beside('../workflows/trace-interceptors');

/** How a worker converts. The paths are part of the workflows' bundle too: see {@link bundlePaths}. */
export interface WorkerDataConverter extends DataConverter {
  readonly payloadConverterPath: string;
  readonly failureConverterPath?: string;
}

/**
 * How workers, their clients and replays convert: with payload keys in the environment, everything is encrypted, messages and stacks of
 * failures included. Throws `payload-keys-invalid`.
 */
export function dataConverterOf(env: Readonly<Record<string, string | undefined>>): WorkerDataConverter {
  const keys = readPayloadKeys(env);
  return {
    payloadConverterPath,
    // Without keys too: what is encrypted must then be named as such and not be taken for an unreadable message.
    payloadCodecs: [createWorkerCodec(keys, (line) => Runtime.instance().logger.error(line))],
    ...(keys.first !== undefined && { failureConverterPath }),
  };
}

/** File of the workflows as a worker with this converter loads them. */
export const bundleName = ({ failureConverterPath: failures }: WorkerDataConverter): string =>
  `${failures === undefined ? 'plain' : 'encrypted'}.bundle.js`;

/** The workflows' code, and where what they tell of their traces goes. */
export type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'sinks'> & {
  /** Only beside `workflowsPath`: a bundle has them in it. */
  readonly interceptors?: { readonly workflowModules: string[] };
};

/** Drops what workflows tell of their traces: nobody asked for it. */
export const untraced: InjectedSinks<TraceSinks> = { traces: { ended: { fn: () => undefined } } };

/**
 * The workflows' code for a worker: the bundle in `folder`, else the one that the installed package brings, or, from the sources, what to
 * bundle at the start.
 */
export function workflowCode(
  converter: WorkerDataConverter,
  folder: string = fileURLToPath(new URL('../workflows', import.meta.url)),
): WorkflowCode {
  const bundle = join(folder, bundleName(converter));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle }, sinks: untraced };
  return { workflowsPath, interceptors: { workflowModules: [interceptorsPath] }, sinks: untraced };
}

/** What a bundle of the workflows is made of; a worker or a replay that brings its own bundle must have made it so. */
export function bundlePaths(converter: WorkerDataConverter) {
  const { payloadConverterPath: payloads, failureConverterPath: failures } = converter;
  return {
    workflowsPath,
    workflowInterceptorModules: [interceptorsPath],
    payloadConverterPath: payloads,
    ...(failures !== undefined && { failureConverterPath: failures }),
  };
}
