import { onTestFinished } from 'vitest';
import { dataConverterOf } from '../../worker/data-converter.js';
import { startScriptedLine, type LineSetting, type ScriptedModel } from './scripted-line.js';
import { sharedServer, testClient, testNativeConnection } from './temporal.js';

export { waitUntil, type ScriptedModel } from './scripted-line.js';
export { Gate } from './scripted-steps.js';

/** Starts a scripted model on the shared dev server; everything ends with the test. */
export async function startScriptedModel(
  options: Pick<
    LineSetting,
    'historyLimit' | 'lookEveryMs' | 'serving' | 'dataConverter' | 'webhooks' | 'webUi'
  > = {},
): Promise<ScriptedModel> {
  const { dataConverter = dataConverterOf({}) } = options;
  const client = await testClient({ dataConverter });
  const connection = await testNativeConnection();
  const { namespace } = sharedServer();
  return startScriptedLine({ client, connection, namespace, ...options, atEnd: onTestFinished });
}
