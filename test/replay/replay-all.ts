import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker, type InjectedSinks, type WorkflowBundle } from '@temporalio/worker';
import { untraced, type WorkerDataConverter } from '../../worker/data-converter.js';
import type { TraceSinks } from '../../workflows/trace-sinks.js';
import type { Recorded } from './histories.js';

/** Replays histories as production would; gives what went wrong, by name. A mismatch says what to do about it. */
export async function replayAll(
  workflowBundle: WorkflowBundle,
  dataConverter: WorkerDataConverter,
  runs: readonly Recorded[],
  sinks: InjectedSinks<TraceSinks> = untraced,
): Promise<ReadonlyMap<string, Error>> {
  const wrong = new Map<string, Error>();
  const histories = runs.map(({ name, history }) => ({ workflowId: name, history }));
  for await (const result of Worker.runReplayHistories({ workflowBundle, dataConverter, sinks }, histories)) {
    if (result.error !== undefined) wrong.set(result.workflowId, explain(result.workflowId, result.error));
  }
  return wrong;
}

function explain(name: string, error: Error): Error {
  if (!(error instanceof DeterminismViolationError)) return error;
  return new Error(
    `The workflows no longer do what ${name}.json recorded: ${error.message}\n` +
      'A run that began on the deployed code would stop here. If that code was ever deployed, keep the old path and put the new ' +
      "one behind `if (patched('what-changed'))`. If it never was, record anew: node --import tsx test/replay/record.ts (docs/upgrades.md)",
    { cause: error },
  );
}
