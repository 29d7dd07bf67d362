import type { Story } from './story.js';
import type { SignalForm, WebUi } from './web-ui.js';

/** Two-space JSON: the dialog reformats anything else, and its buttons move away. */
const RIGHT = JSON.stringify({ version: 2, by: 'ada' }, null, 2);

/** What no handler can use, as the dialog lets a person send it. */
const BAD: readonly (Omit<SignalForm, 'workflowId'> & { readonly what: string })[] = [
  { what: 'in a wrong encoding', name: 'approve', data: RIGHT, encoding: 'json/protobuf' },
  { what: 'without an argument', name: 'approve', data: '' },
  { what: 'with an array', name: 'approve', data: JSON.stringify([2, 'ada'], null, 2) },
  { what: 'with an unknown name', name: 'aprove', data: RIGHT },
];

/**
 * Sends each bad signal to a workflow through the dialog and waits until the worker has taken it. Throws when `look` gives
 * another answer than before, or when a workflow task failed.
 */
export async function sendBadSignals(
  ui: WebUi,
  { perennial }: Story,
  { workflowId, look, say }: { workflowId: string; look: () => Promise<string>; say: (line: string) => void },
): Promise<void> {
  const { client } = await perennial.temporal();
  const before = await look();
  for (const { what, ...signal } of BAD) {
    await ui.sendSignal({ workflowId, ...signal });
    const after = await look(); // a query is answered only after the signal was handled
    if (after !== before) throw new Error(`a signal ${what} changed ${workflowId}: ${before} → ${after}`);
    say(`${workflowId} took a signal ${what}: nothing changed`);
  }
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const signals =
    events?.filter((event) => (event.workflowExecutionSignaledEventAttributes ?? null) !== null) ?? [];
  const failed = events?.filter((event) => (event.workflowTaskFailedEventAttributes ?? null) !== null) ?? [];
  if (signals.length < BAD.length)
    throw new Error(`${workflowId} has only ${signals.length} signals in its history`);
  if (failed.length > 0) throw new Error(`${workflowId} has ${failed.length} failed workflow tasks`);
}
