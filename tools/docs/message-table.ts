import type { z } from 'zod';
import * as answers from '../../client/sdk/answers.js';
import * as messages from '../../domain/messages.js';

/** One message that a person or a program may send to a workflow. */
export interface MessageDoc {
  readonly kind: 'update' | 'signal' | 'query';
  /** Which workflows take it, by id. */
  readonly on: readonly string[];
  readonly name: string;
  readonly what: string;
  /** Absent: it takes no argument. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  /** One per kind of answer; signals have none. */
  readonly answers?: { readonly schema: z.ZodType; readonly examples: readonly unknown[] };
}

const MODEL = 'model/<name>';
const ROLLOUT = 'rollout/<name>/<version>';
const AT = '2011-04-08T00:00:00.000Z';

const DECIDING: readonly MessageDoc[] = [
  {
    kind: 'update',
    on: [ROLLOUT, MODEL],
    name: messages.MESSAGE.decide,
    what: 'Approves or rejects the waiting candidate. Answers when the decision took effect: promoted and obeyed by serving, or rejected. `model/<name>` passes it on to the open rollout.',
    schema: messages.decideSchema,
    example: { version: 2, decision: 'approve', by: 'ada', reason: 'better in every season' },
    answers: {
      schema: answers.decideAnswerSchema,
      examples: [
        { outcome: 'promoted', version: 2, effectiveFrom: AT },
        { outcome: 'rejected', version: 2 },
        { outcome: 'repeated', version: 2, decision: 'approve' },
      ],
    },
  },
  ...(['approve', 'reject'] as const).map((name) => ({
    kind: 'signal' as const,
    on: [ROLLOUT],
    name: messages.MESSAGE[name],
    what: `${name === 'approve' ? 'Approves' : 'Rejects'} the waiting candidate, without an answer. What does not fit is counted and changes nothing.`,
    schema: messages.decisionSignalSchema,
    example: {
      version: 2,
      by: 'ada',
      reason: name === 'approve' ? 'better in every season' : 'wrong prices',
    },
  })),
  {
    kind: 'query',
    on: [ROLLOUT],
    name: messages.MESSAGE.evidence,
    what: 'All that a person needs in order to decide; `text` is what the Web UI shows under *Current Details*.',
    answers: {
      schema: answers.rolloutEvidenceSchema,
      examples: [
        {
          phase: 'approval',
          version: 2,
          waitingFor: 'person',
          deadline: '2011-04-15T09:00:00.000Z',
          verdicts: [{ gate: 'shadow', outcome: 'pass', because: '48 of 40 mirrored requests', numbers: {} }],
          text: '## bike-demand version 2: approval …',
        },
      ],
    },
  },
];

const ASKING: readonly MessageDoc[] = [
  {
    kind: 'update',
    on: [MODEL],
    name: messages.MESSAGE.importHistory,
    what: 'A prediction log of another system lies in the store as segments below its name. `perennial import-predictions` checks and stores it first.',
    schema: messages.importHistorySchema,
    example: {
      ...{ version: 1, log: 'imported-5f0c1d2e3a4b5c6d7e8f', predictions: 1440, labels: 1200 },
      ...{ refused: 0, from: AT, to: '2011-06-07T23:00:00.000Z', by: 'ada', reason: 'served until June' },
    },
    answers: {
      schema: answers.historyAnswerSchema,
      examples: [{ outcome: 'taken', watermark: '2011-06-07T23:00:00.000Z' }],
    },
  },
  {
    kind: 'update',
    on: [MODEL],
    name: messages.MESSAGE.apply,
    what: 'Makes a stored spec the model’s spec. `perennial apply` stores it first; its digest names it.',
    schema: messages.applySchema,
    example: { specDigest: 'c0ffee'.padEnd(64, '0'), by: 'ada', reason: 'shorter window' },
    answers: {
      schema: answers.applyAnswerSchema,
      examples: [
        { outcome: 'applied', changes: ['window.length: 90 days → 60 days'] },
        { outcome: 'unchanged', changes: [] },
      ],
    },
  },
  {
    kind: 'update',
    on: [MODEL],
    name: messages.MESSAGE.retrain,
    what: 'Asks for a retrain; the lifecycle starts it, queues it, merges it into the running one, or says why not.',
    schema: messages.retrainRequestSchema,
    example: { by: 'ada', reason: 'new price list' },
    answers: {
      schema: answers.retrainAnswerSchema,
      examples: [
        { outcome: 'started', n: 3, run: 'retrain/bike-demand/3', asOf: AT },
        { outcome: 'refused', because: 'the model is paused by grace: audit' },
      ],
    },
  },
  {
    kind: 'query',
    on: [MODEL],
    name: messages.MESSAGE.state,
    what: 'The whole state of the lifecycle: aliases, open runs, queue, ledger head (see `domain/lifecycle-state.ts`).',
  },
  {
    kind: 'query',
    on: [MODEL],
    name: messages.MESSAGE.settled,
    what: 'For drivers of the stepped clock: may it go on from `to`?',
    schema: messages.settledQuerySchema,
    example: { to: AT },
    answers: {
      schema: answers.settledAnswerSchema,
      examples: [{ settled: false, waitingFor: 'retrain/bike-demand/3' }],
    },
  },
];

const OPERATING: readonly MessageDoc[] = [
  {
    kind: 'update',
    on: [MODEL],
    name: messages.MESSAGE.rollback,
    what: 'Back to the previous champion, or to the version named in `to`, at once; also with the store down.',
    schema: messages.rollbackSchema,
    example: { by: 'ada', reason: 'wrong prices' },
    answers: {
      schema: answers.rollbackAnswerSchema,
      examples: [
        { outcome: 'rolled-back', version: 1, effectiveFrom: AT },
        { outcome: 'refused', because: 'there is no previous champion; name a version with "to"' },
      ],
    },
  },
  {
    kind: 'signal',
    on: [MODEL],
    name: messages.MESSAGE.rollback,
    what: 'The same without an answer.',
    schema: messages.rollbackSchema,
    example: { to: 1, by: 'ada', reason: 'wrong prices' },
  },
  {
    kind: 'update',
    on: [MODEL],
    name: messages.MESSAGE.promote,
    what: 'Promotes a registered version by an operator’s word: skips gates, shadow and approval, never the bake.',
    schema: messages.promoteSchema,
    example: { version: 4, override: true, by: 'ada', reason: 'hot fix after the outage' },
    answers: {
      schema: answers.promoteAnswerSchema,
      examples: [
        { outcome: 'started', version: 4, run: 'rollout/bike-demand/4' },
        { outcome: 'refused', because: 'version 4 is the champion already' },
      ],
    },
  },
  ...(['pause', 'resume'] as const).map((name) => ({
    kind: 'update' as const,
    on: [MODEL],
    name: messages.MESSAGE[name],
    what: name === 'pause' ? 'Refuses every retrain until `resume`; checks go on.' : 'Ends a pause.',
    schema: messages.pauseSchema,
    example: { by: 'ada', reason: 'price change on Monday' },
    answers: { schema: answers.pauseAnswerSchema, examples: [{ paused: name === 'pause' }] },
  })),
];

/** Every message from outside, by what it is for. */
export const MESSAGES: Readonly<Record<string, readonly MessageDoc[]>> = {
  'Deciding on a candidate': DECIDING,
  'Asking and looking': ASKING,
  Operating: OPERATING,
};

/** Messages that only our own workflows send; the page lists their names. */
export const INTERNAL: Readonly<Record<string, string>> = {
  [messages.MESSAGE.retrainEnded]: 'signal, retrain → model: how it ended',
  [messages.MESSAGE.rolloutEnded]: 'signal, rollout → model: how it ended',
  [messages.MESSAGE.rolloutWaiting]: 'signal, rollout → model: what it waits for',
  [messages.MESSAGE.checked]: 'update, monitor → model: what it found',
  [messages.MESSAGE.advance]:
    'update, rollout → model: move the aliases (shadow, promote, bake passed, roll back, withdraw)',
  [messages.MESSAGE.supersede]:
    'signal, model → rollout: end, because a newer candidate came or it was rolled back',
};
