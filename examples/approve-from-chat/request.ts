import { z } from 'zod';

/** What somebody in the chat asks for. */
export interface Ask {
  readonly decision: 'approve' | 'reject';
  readonly model: string;
  /** Never the one that happens to wait: people decide on what they saw. */
  readonly version: number;
  readonly reason: string;
  /** Who asks: an id that Slack gives and nobody can choose. */
  readonly userId: string;
  /** Where the answer goes, within half an hour. */
  readonly responseUrl: string;
  /** Of a press Slack shows nothing that stands in the answer to its request: words go to `responseUrl`. */
  readonly pressed: boolean;
}

const MODEL = /^[a-z][a-z0-9-]{0,62}$/;
const COMMAND = /^\s*(approve|reject)\s+(\S+)\s+v?(\d{1,9})(?:\s+([^]*))?$/;

const pressedSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string() }),
  response_url: z.string(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string() })).min(1),
});
const buttonSchema = z.object({ model: z.string().regex(MODEL), version: z.number().int().min(1) });

/** How to ask, for people. */
export const USAGE = 'Usage: `/perennial approve <model> <version> <reason>`, or `reject`.';

/** Reads a slash command or a press of a button; undefined for anything else. */
export function readAsk(body: string): Ask | undefined {
  const form = new URLSearchParams(body);
  const payload = form.get('payload');
  return payload === null ? readCommand(form) : readButton(payload);
}

function readCommand(form: URLSearchParams): Ask | undefined {
  const [, decision, model = '', version, reason = ''] = COMMAND.exec(form.get('text') ?? '') ?? [];
  const [userId, responseUrl] = [form.get('user_id'), form.get('response_url')];
  if (decision === undefined || !MODEL.test(model) || userId === null || responseUrl === null)
    return undefined;
  return {
    decision: decision === 'approve' ? 'approve' : 'reject',
    ...{ model, version: Number(version), reason: reason.trim(), userId, responseUrl, pressed: false },
  };
}

function readButton(payload: string): Ask | undefined {
  const pressed = pressedSchema.safeParse(parsed(payload)).data;
  const [action] = pressed?.actions ?? [];
  const decision = /^perennial-(approve|reject)$/.exec(action?.action_id ?? '')?.[1];
  const about = buttonSchema.safeParse(parsed(action?.value ?? '')).data;
  if (pressed === undefined || decision === undefined || about === undefined) return undefined;
  return {
    decision: decision === 'approve' ? 'approve' : 'reject',
    ...{ ...about, reason: '', userId: pressed.user.id, responseUrl: pressed.response_url, pressed: true },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
