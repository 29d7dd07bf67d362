import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { ScriptedModel } from '../support/scripted-line.js';
import { historiesFolder } from './histories.js';

/** Writes the histories of a scenario's runs. */
export interface Recorder {
  /** Waits until the run closed and keeps its history as `<workflow>.<what>.json`. */
  closed(name: string, workflowId: string, runId?: string): Promise<void>;
  /** Keeps the history of a run as it is now: a lifecycle never closes. */
  open(name: string, workflowId: string, runId?: string): Promise<void>;
}

/** Keeps the histories of one scripted model. Names are unique over all scenarios. */
export function createRecorder(line: ScriptedModel, names: Set<string>): Recorder {
  const open: Recorder['open'] = async (name, workflowId, runId) => {
    if (names.has(name)) throw new Error(`${name} is recorded already; name this history differently`);
    names.add(name);
    const history = await line.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const parsed = JSON.parse(historyToJSON(history)) as { events: unknown[] };
    writeFileSync(join(historiesFolder, `${name}.json`), oneEventPerLine(parsed.events));
  };
  return {
    open,
    closed: async (name, workflowId, runId) => {
      const handle = line.client.workflow.getHandle(workflowId, runId, { followRuns: false });
      await handle.result().catch(() => undefined);
      await open(name, workflowId, runId);
    },
  };
}

/** Forgets what was recorded before. */
export function emptyHistories(): void {
  rmSync(historiesFolder, { recursive: true, force: true });
  mkdirSync(historiesFolder, { recursive: true });
}

/** A difference between two recordings is then a difference of lines. Stacks name this machine's folders, so they are left out. */
function oneEventPerLine(events: readonly unknown[]): string {
  const lines = events.map((event) =>
    JSON.stringify(event, (key, value: unknown) => (key === 'stackTrace' ? '' : value)),
  );
  return `{"events":[\n${lines.join(',\n')}\n]}\n`;
}
