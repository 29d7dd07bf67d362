import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { z } from 'zod';
import type { LedgerLine } from '../../domain/ledger.js';
import { lifecycleId } from '../../domain/names.js';
import type { Perennial } from '../../client/index.js';
import { MODEL } from '../../test/chaos/story.js';
import { bundlePaths, dataConverterOf, untraced } from '../../worker/data-converter.js';

/** A message came while the task decided to end the run: the server has it decide again, as it must. */
const NEWS = proto.temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;

const dataConverter = dataConverterOf(process.env);
let bundle: Promise<WorkflowBundle> | undefined;

/** The workflows as a worker has them, made once. */
function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= (async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    return bundleWorkflowCode({ ...bundlePaths(dataConverter), logger: new DefaultLogger('WARN') });
  })();
  return bundle;
}

/** Every history replays, none has a task that the code could not do, and every champion that was published is in the ledger. */
export async function historyViolations(
  perennial: Perennial,
  ledger: readonly LedgerLine[],
): Promise<string[]> {
  const { client } = await perennial.temporal();
  const found: string[] = [];
  const published: { version: number; at: number }[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    found.push(...(await replayProblems(`${workflowId} ${runId}`, history)));
    if (workflowId === lifecycleId(MODEL)) published.push(...championsPublished(history));
  }
  const decided = ledger.flatMap(({ effectiveFrom, champion }) => (effectiveFrom === null ? [] : [champion]));
  const moves = changes(published.sort((a, b) => a.at - b.at).map(({ version }) => version));
  if (JSON.stringify(moves) !== JSON.stringify(changes(decided)))
    found.push(`published champions ${moves.join(' → ')}, the ledger says ${changes(decided).join(' → ')}`);
  return found;
}

async function replayProblems(name: string, history: History): Promise<string[]> {
  const failed = (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: task }) =>
    task === undefined || task === null || task.cause === NEWS ? [] : [task.failure?.message ?? ''],
  );
  const problems = failed.map((message) => `${name}: a workflow task failed: ${message}`);
  try {
    await Worker.runReplayHistory(
      { workflowBundle: await workflowBundle(), dataConverter, replayName: name, sinks: untraced },
      history,
    );
  } catch (error) {
    problems.push(`${name} does not replay: ${String(error)}`);
  }
  return problems;
}

const publishedSchema = z.object({
  aliases: z.object({ champion: z.object({ version: z.number() }).nullable() }),
});

/** The champions that a lifecycle run gave to store and serving, in order. */
function championsPublished(history: History): { version: number; at: number }[] {
  return (history.events ?? []).flatMap(({ activityTaskScheduledEventAttributes: task, eventTime }) => {
    const [payload] = task?.input?.payloads ?? [];
    if (task?.activityType?.name !== 'publishAliases' || payload === undefined) return [];
    const { aliases } = publishedSchema.parse(defaultPayloadConverter.fromPayload(payload));
    return aliases.champion === null
      ? []
      : [{ version: aliases.champion.version, at: Number(eventTime?.seconds ?? 0) }];
  });
}

/** A row of values without repetitions. */
const changes = <T>(values: readonly T[]): T[] =>
  values.filter((value, i) => i === 0 || value !== values[i - 1]);
