import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '../../client/processes/shutdown.js';
import { projectRoot } from '../../client/servers/project-root.js';
import { lifecycleId, monitorScheduleId, rolloutId } from '../../domain/names.js';
import { sendBadSignals } from './bad-signals.js';
import { tellStory, type Story } from './story.js';
import { findChromium, WebUi } from './web-ui.js';

const PERSON = 'MlWaitingFor="person" AND ExecutionStatus="Running"';
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Decides on real candidates from the Temporal Web UI, once by update and once by signal, and keeps what it looks like in
 * `docs/images`. Exit code 1 when anything is not as it must be.
 */
async function main(): Promise<void> {
  findChromium(process.env);
  const folder = join(projectRoot(), 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  const state = mkdtempSync(join(tmpdir(), 'perennial-screenshots-'));
  const shutdown = createShutdown();
  shutdown.add(() => Promise.resolve(rmSync(state, { recursive: true, force: true })));
  const left = [firstVersion, byUpdate, bySignal];
  try {
    await tellStory({
      ...{ state, shutdown, say },
      onPerson: async (story, version) => {
        const next = left.shift();
        if (next !== undefined) await inBrowser(story, folder, (ui) => next({ ui, story, version }));
      },
      done: () => left.length === 0,
    });
  } finally {
    await shutdown.run();
    shutdown.release();
  }
}

async function inBrowser(story: Story, folder: string, work: (ui: WebUi) => Promise<void>): Promise<void> {
  const base = story.stack.running.ui;
  if (base === null) throw new Error('this Temporal server has no Web UI');
  const ui = await WebUi.open({ base, folder });
  try {
    await work(ui);
  } catch (error) {
    const path = join(tmpdir(), 'perennial-screenshots-failed.png');
    await ui.capture(path).then(
      () => say(`what the browser showed is in ${path}`),
      () => undefined,
    );
    throw error;
  } finally {
    await ui.close();
  }
}

interface Asked {
  readonly ui: WebUi;
  readonly story: Story;
  readonly version: number;
}

/** The first version is not what the pictures are about. */
async function firstVersion({ story, version }: Asked): Promise<void> {
  await story.perennial.approve(story.spec.model, {
    version,
    by: 'ada',
    reason: 'better than last week’s hour',
  });
}

/** A person finds the rollout in the list, reads it, and pastes the JSON that it shows into *Send an Update*. */
async function byUpdate({ ui, story, version }: Asked): Promise<void> {
  const { model } = story.spec;
  const workflowId = rolloutId(model, version);
  await ui.openList(PERSON, workflowId);
  await ui.picture('waiting-for-a-person', 560);
  await ui.openDetails(lifecycleId(model), 'Open rollout');
  await ui.picture('model-details');
  await ui.openSchedules(monitorScheduleId(model));
  await ui.picture('schedules', 600);
  await ui.openDetails(workflowId, 'approve or reject');
  await ui.picture('decision', 1450);
  const data = await ui.shownJson();
  const filled = (): Promise<void> => ui.picture('send-an-update');
  await ui.sendUpdate({ workflowId, name: 'decide', data, filled });
  await mustServe(story, version);
  say(`version ${version} was approved by update`);
}

/** Signals that nobody can use change nothing, on the rollout and on the model; then one that is right approves. */
async function bySignal({ ui, story, version }: Asked): Promise<void> {
  const { perennial, spec } = story;
  const workflowId = rolloutId(spec.model, version);
  const evidence = async (): Promise<string> => JSON.stringify(await perennial.evidence(spec.model));
  await sendBadSignals(ui, story, { workflowId, look: evidence, say });
  await sendBadSignals(ui, story, {
    workflowId: lifecycleId(spec.model),
    look: () => modelState(story),
    say,
  });
  const data = JSON.stringify({ version, by: 'grace' }, null, 2);
  const filled = (): Promise<void> => ui.picture('send-a-signal');
  await ui.sendSignal({ workflowId, name: 'approve', data, filled });
  await mustServe(story, version);
  say(`version ${version} was approved by signal`);
}

/** The model's state without the counts of refused messages, which are meant to grow, and their lines in the ledger. */
async function modelState({ perennial, spec }: Story): Promise<string> {
  const {
    refusals: _refusals,
    ledger: _ledger,
    outbox: _outbox,
    ...state
  } = await perennial.state(spec.model);
  return JSON.stringify(state);
}

/** Waits until the version is the champion, which a signal does not answer. */
async function mustServe({ perennial, spec }: Story, version: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { aliases } = await perennial.state(spec.model);
    if (aliases.champion?.version === version) return;
    if (Date.now() > deadline) throw new Error(`version ${version} did not become champion`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await main();
