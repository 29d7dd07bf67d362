import {
  ActivityFailure,
  ApplicationFailure,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import type { z } from 'zod';
import { clip } from '../../domain/bounds.js';
import * as messages from '../../domain/messages.js';
import { MESSAGE } from '../../domain/messages.js';
import * as reports from '../../domain/reports.js';
import { plainCause } from '../plain-cause.js';
import { bounded, control } from '../proxies.js';
import { validateUpdate } from '../parse-input.js';
import { currentTrace } from '../trace.js';
import { advance } from './aliases.js';
import { applySpec } from './apply.js';
import { takeCheck } from './checks.js';
import { takeHistory } from './history.js';
import type { ModelLine } from './model-line.js';
import { askRetrain } from './retrains.js';
import { promoteByOperator, promoteObjection, rollBackByHand } from './rollouts.js';
import { settled } from './settled.js';

interface UpdateDoor<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly what: string;
  readonly example: string;
}

/** Registers one update: refused without a trace when malformed, decided in order otherwise. */
function onUpdate<T>(line: ModelLine, door: UpdateDoor<T>, decide: (message: T) => Promise<unknown>): void {
  setHandler(
    defineUpdate<unknown, [unknown]>(door.name),
    (input: unknown) => answerOnce(line, () => decide(door.schema.parse(input))),
    {
      validator: (input: unknown) => void validateUpdate(door.name, door.schema, input, door.example),
      description: `${door.what} Example: ${door.example}`,
    },
  );
}

/**
 * Answers an update once: asked again under the same id, also after continue-as-new, it gives the same answer (the server knows the ids
 * of one run only). The caller reads why a step failed, not that one did.
 */
async function answerOnce(line: ModelLine, decide: () => Promise<unknown>): Promise<unknown> {
  const id = currentUpdateInfo()?.id ?? '';
  const given = line.answerTo(id);
  if (given !== undefined) return given.answer;
  try {
    const answer = await decide();
    line.keepAnswer(id, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    if (error.cause instanceof ApplicationFailure)
      throw ApplicationFailure.nonRetryable(error.cause.message, error.cause.type ?? 'refused');
    const why = `${error.activityType} was not carried out: ${plainCause(error)}; ask again`;
    throw ApplicationFailure.nonRetryable(why, 'not-carried-out');
  }
}

/** Decides something new in order. Refused while so much waits for the store that only taking something back may go on. */
function begin<T>(line: ModelLine, section: () => Promise<T>): Promise<T> {
  return line.decide(() => {
    if (!line.full) return section();
    throw ApplicationFailure.nonRetryable(
      `the store cannot be reached and ${line.state.outbox.length} ledger lines wait for it; ask again when it is back. ` +
        'A rollback goes through.',
      'store-unavailable',
    );
  });
}

/** Registers every door of `model/<name>`. Called before the first await, so that nothing that arrives early is lost. */
export function registerHandlers(line: ModelLine): void {
  registerPeople(line);
  registerOperators(line);
  registerRuns(line);
  registerSignals(line);
  setHandler(defineQuery(MESSAGE.state), () => line.state, {
    description: 'The lifecycle state: aliases, open runs, queue.',
  });
  setHandler(
    defineQuery<unknown, [unknown]>(MESSAGE.settled),
    (input) => settled(line, messages.settledQuerySchema.parse(input)),
    { description: 'May a stepped clock go on? Example: {"to":"2011-04-01T00:00:00Z"}' },
  );
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(
      `${line.state.model} has no update '${name}'; it takes apply, decide, import-history, retrain, rollback, promote, pause, resume`,
      'unknown-update',
    );
  });
}

function registerPeople(line: ModelLine): void {
  onUpdate(
    line,
    {
      name: MESSAGE.retrain,
      schema: messages.retrainRequestSchema,
      what: 'Asks for a retrain.',
      example: '{"by":"ada","reason":"new data"}',
    },
    (request) => line.decide(() => askRetrain(line, request)),
  );
  onUpdate(
    line,
    {
      name: MESSAGE.decide,
      schema: messages.decideSchema,
      what: 'Approves or rejects the waiting candidate.',
      example: '{"version":2,"decision":"approve","by":"ada","reason":"better"}',
    },
    (decide) => {
      // Not in the mutex: the rollout's promotion comes back here as `advance` and must find its place in the order.
      const open = line.state.openRollout;
      if (open === null)
        throw ApplicationFailure.nonRetryable(
          `${line.state.model} has no open rollout to decide on`,
          'nothing-waiting',
        );
      return control.forwardDecision({ rollout: open.run, updateId: currentUpdateInfo()?.id ?? '', decide });
    },
  );
  onUpdate(
    line,
    {
      name: MESSAGE.apply,
      schema: messages.applySchema,
      what: 'Makes a stored spec the model’s spec.',
      example: '{"specDigest":"…","by":"ada"}',
    },
    (ask) => applySpec(line, ask, (section) => begin(line, section)),
  );
  onUpdate(
    line,
    {
      name: MESSAGE.importHistory,
      schema: messages.importHistorySchema,
      what: 'Takes a prediction log of another system into account.',
      example: '{"version":1,"log":"imported-…","predictions":1440,"labels":0,…}',
    },
    (ask) => line.decide(() => takeHistory(line, ask)),
  );
}

function registerOperators(line: ModelLine): void {
  onUpdate(
    line,
    {
      name: MESSAGE.rollback,
      schema: messages.rollbackSchema,
      what: 'Back to the previous champion.',
      example: '{"by":"ada","reason":"wrong prices"}',
    },
    (ask) => line.decide(() => rollBackByHand(line, ask)),
  );
  onUpdate(
    line,
    {
      name: MESSAGE.promote,
      schema: messages.promoteSchema,
      what: 'Operator override: skips gates, shadow and approval, never the bake.',
      example: '{"version":2,"override":true,"by":"ada","reason":"outage"}',
    },
    async (ask) => {
      const objection = promoteObjection(line, ask);
      if (objection !== undefined) return objection;
      // The store is asked outside the mutex: nobody else waits for it, least of all a rollback.
      const facts = await bounded.versionFacts({ model: line.state.model, version: ask.version });
      return begin(line, () => promoteByOperator(line, ask, facts));
    },
  );
  for (const name of [MESSAGE.pause, MESSAGE.resume]) {
    onUpdate(
      line,
      {
        name,
        schema: messages.pauseSchema,
        what: `${name === MESSAGE.pause ? 'Stops' : 'Takes up'} retraining.`,
        example: '{"by":"ada","reason":"audit"}',
      },
      (ask) => begin(line, () => setPaused(line, name === MESSAGE.pause, ask)),
    );
  }
}

function setPaused(
  line: ModelLine,
  pause: boolean,
  { by, reason }: messages.Pause,
): Promise<{ paused: boolean }> {
  line.state.paused = pause
    ? { by: clip(by, 60), reason: clip(reason, 300), since: new Date().toISOString() }
    : null;
  line.record({ kind: pause ? 'paused' : 'resumed', who: by, why: reason });
  return Promise.resolve({ paused: pause });
}

function registerRuns(line: ModelLine): void {
  onUpdate(
    line,
    {
      name: MESSAGE.advance,
      schema: reports.advanceSchema,
      what: 'For rollouts: moves the aliases.',
      example: '{"run":"rollout/m/2","step":"promote"}',
    },
    (ask) => line.decide(() => advance(line, ask)),
  );
  onUpdate(
    line,
    {
      name: MESSAGE.checked,
      schema: reports.checkReportSchema,
      what: 'For monitors: reports a check.',
      example: '{"run":"monitor/m-2011-04-01T00:00:00Z","asOf":"2011-04-01T00:00:00Z"}',
    },
    (report) => line.decide(() => takeCheck(line, report)),
  );
}

/** Signals never throw: what they cannot read is counted and named. */
function onSignal<T>(line: ModelLine, name: string, schema: z.ZodType<T>, take: (message: T) => void): void {
  setHandler(
    defineSignal<[unknown]>(name),
    (input: unknown) => {
      const parsed = schema.safeParse(input);
      if (parsed.success) take(parsed.data);
      else line.refused(`signal ${name}`);
    },
    { description: `Takes one JSON object; anything else is refused and counted.` },
  );
}

function registerSignals(line: ModelLine): void {
  onSignal(line, MESSAGE.retrainEnded, reports.retrainReportSchema, (report) => {
    line.inbox.push({ kind: 'retrain-ended', report, trace: currentTrace() });
  });
  onSignal(line, MESSAGE.rolloutEnded, reports.rolloutReportSchema, (report) => {
    line.inbox.push({ kind: 'rollout-ended', report, trace: currentTrace() });
  });
  onSignal(line, MESSAGE.rolloutWaiting, reports.rolloutWaitingSchema, (waiting) => {
    const open = line.state.openRollout;
    if (open?.run === waiting.run) line.state.openRollout = { ...open, ...waiting };
  });
  onSignal(line, MESSAGE.rollback, messages.rollbackSchema, (ask) => {
    line.inbox.push({ kind: 'rollback', ...ask, trace: currentTrace() });
  });
  setDefaultSignalHandler((name) => {
    line.refused(`unknown signal ${name.slice(0, 40)}`);
  });
}
