import { fastify, type FastifyInstance } from 'fastify';
import type { Perennial } from 'perennial';
import { readAsk, USAGE, type Ask } from './request.js';
import { isFromSlack } from './slack-signature.js';

/** What the handler needs. */
export interface HandlerOptions {
  /** Sends the decision, and waits until it took effect. */
  readonly perennial: Pick<Perennial, 'decide'>;
  /** `Signing Secret` of the Slack app. */
  readonly signingSecret: string;
  /** Names of approvers by the ids of Slack's users: who is not in it decides nothing. */
  readonly people: Readonly<Record<string, string>>;
  /** Hosts that answers may go to. @default Slack's own */
  readonly answersTo?: readonly string[];
}

const SLACK = ['https://hooks.slack.com'];

/** Takes slash commands and buttons at `POST /slack`, and sends each decision under the name of the approver who asked for it. */
export function createHandler(options: HandlerOptions): FastifyInstance {
  const app = fastify({ bodyLimit: 64 * 1024 });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  );
  app.post('/slack', async ({ headers, body }, reply) => {
    const text = typeof body === 'string' ? body : '';
    const [timestamp, signature] = ['x-slack-request-timestamp', 'x-slack-signature'].map((name) =>
      String(headers[name] ?? ''),
    );
    if (!isFromSlack({ timestamp, signature, body: text }, options.signingSecret))
      return reply.code(401).send({ error: 'this request does not come from Slack' });
    const ask = readAsk(text);
    if (ask === undefined) return onlyToYou(USAGE);
    if (!(options.answersTo ?? SLACK).includes(originOf(ask.responseUrl)))
      return onlyToYou('Nowhere to answer to.');
    const answer = beginToDecide(options, ask);
    if (!ask.pressed) return answer;
    void post(ask, answer);
    return reply.code(200).send();
  });
  return app;
}

/** What is said at once: Slack waits three seconds, and a promotion may take longer. */
function beginToDecide(options: HandlerOptions, ask: Ask): Answer {
  const by = Object.hasOwn(options.people, ask.userId) ? options.people[ask.userId] : undefined;
  if (by === undefined)
    return onlyToYou(`You (${ask.userId}) are not in the list of approvers of this handler.`);
  void decideAndTell(options, ask, by);
  return onlyToYou(`${ask.decision} version ${ask.version} of ${ask.model}: on its way.`);
}

interface Answer {
  readonly response_type: 'ephemeral' | 'in_channel';
  readonly replace_original: false;
  readonly text: string;
}

/** Shown to whoever asked, and to nobody else; the question stays. */
const onlyToYou = (text: string): Answer => ({ response_type: 'ephemeral', replace_original: false, text });

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '');

async function decideAndTell({ perennial }: HandlerOptions, ask: Ask, by: string): Promise<void> {
  const { decision, model, version, reason } = ask;
  const text = await perennial
    .decide(model, decision, { version, by, reason: reason || 'from the chat' })
    .then(
      ({ outcome }) => `${model} version ${version}: ${outcome}, decided by ${by}`,
      (error: unknown) => `${model} version ${version}: ${error instanceof Error ? error.message : 'failed'}`,
    );
  await post(ask, { response_type: 'in_channel', replace_original: false, text });
}

async function post({ responseUrl, userId }: Ask, answer: Answer): Promise<void> {
  await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    redirect: 'error',
    body: JSON.stringify(answer),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => console.error(`the answer to ${userId} did not arrive: ${answer.text}`));
}
