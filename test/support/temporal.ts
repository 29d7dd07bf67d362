import { randomUUID } from 'node:crypto';
import type { Client, DataConverter } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { inject, onTestFinished } from 'vitest';
import { connectClient } from '../../client/servers/connect.js';
import './global-setup.js';

// Workers tell every change of their state otherwise. Once per process, before the first worker.
Runtime.install({ logger: new DefaultLogger('WARN') });

/** Where the dev server of this run is. */
export function sharedServer(): { address: string; namespace: string; uiUrl: string } {
  return {
    address: inject('temporalAddress'),
    namespace: inject('temporalNamespace'),
    uiUrl: inject('temporalUiUrl'),
  };
}

/** A client of the shared dev server, closed when the test ends. Call it inside a test. */
export async function testClient({ dataConverter }: { dataConverter?: DataConverter } = {}): Promise<Client> {
  const { address, namespace } = sharedServer();
  const client = await connectClient({
    address,
    namespace,
    deadlineMs: 30_000,
    ...(dataConverter && { dataConverter }),
  });
  onTestFinished(() => client.connection.close());
  return client;
}

/** A worker's connection to the shared dev server, closed when the test ends (after the workers that use it). */
export async function testNativeConnection(): Promise<NativeConnection> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  return connection;
}

/** A name that no other test uses: for task queues, workflow ids and models. Lower-case letters, digits and hyphens. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}
