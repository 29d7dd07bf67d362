import { clip } from '../../domain/bounds.js';
import type { Notification } from '../../domain/notification.js';

type Block = Readonly<Record<string, unknown>>;

/** Most of a section's text that Slack takes is 3000. @format characters, with room for escapes */
const MOST_SECTION = 2500;
const ASKS: ReadonlySet<string> = new Set(['approval-waiting', 'approval-expiring']);

/** A message as Slack and what is compatible with it take it: `text` alone says what matters, `blocks` say it better. */
export function slackMessage(
  notification: Notification,
  { buttons }: { readonly buttons: boolean },
): { text: string; blocks: Block[] } {
  const { title, text, link, id } = notification;
  const commands = notification.next.map(({ what, command }) => `${what}: \`${escape(command)}\``);
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: clip(title, 150), emoji: false } },
    section(asWords(text)),
    ...sectionOf(numberLines(notification)),
    ...sectionOf(verdictLines(notification)),
    ...sectionOf(commands),
    ...(buttons && ASKS.has(notification.event) ? [buttonsOf(notification)] : []),
    context([...(link === null ? [] : [`<${link}|Temporal Web UI>`]), escape(id)].join(' · ')),
  ];
  return { text: clip([title, text].map(asWords).join('\n'), MOST_SECTION), blocks };
}

/** What Slack reads as a mention, a link or a character of its own. */
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Of the characters that make text bold, struck or code, ones that look like them: with others between them they still would. */
const LOOKALIKE: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/**
 * Somebody's words, on one line: no mention (also where `text` alone is read, and `@channel` is one), no link with a text of its own, no
 * line or bold word that looks like ours. An underscore within a word stays.
 */
const asWords = (text: string): string =>
  escape(text)
    .replace(/[\n\r\v\f\u0085\u2028\u2029]+/g, ' ')
    .replace(/[*~`]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, (sign) => LOOKALIKE[sign] ?? sign)
    .replaceAll('@', '@\u200b')
    .replaceAll('](', '] (');

const section = (text: string): Block => ({
  type: 'section',
  text: { type: 'mrkdwn', text: clip(text, MOST_SECTION), verbatim: true },
});
const sectionOf = (lines: readonly string[]): Block[] =>
  lines.length === 0 ? [] : [section(lines.join('\n'))];
const context = (text: string): Block => ({ type: 'context', elements: [{ type: 'mrkdwn', text }] });

function numberLines({ metric, numbers }: Notification): string[] {
  const told = Object.entries(numbers).map(([name, value]) => `${name} *${Number(value.toPrecision(4))}*`);
  if (told.length === 0) return [];
  return [`${metric === null ? '' : `${escape(metric)} on the holdout: `}${told.join(', ')}`];
}

const verdictLines = ({ verdicts }: Notification): string[] =>
  verdicts.map(({ gate, outcome, because }) => `*${outcome}* ${asWords(gate)}: ${asWords(because)}`);

/** What `examples/approve-from-chat` answers. */
function buttonsOf({ model, version, run }: Notification): Block {
  const value = JSON.stringify({ model, version });
  const button = (decision: 'approve' | 'reject', style: string): Block => ({
    ...{ type: 'button', action_id: `perennial-${decision}`, style, value },
    text: { type: 'plain_text', text: decision === 'approve' ? 'Approve' : 'Reject' },
    confirm: {
      title: { type: 'plain_text', text: 'Are you sure?' },
      text: { type: 'plain_text', text: clip(`${decision} version ${version ?? ''} of ${model ?? ''}`, 300) },
      confirm: { type: 'plain_text', text: 'Yes' },
      deny: { type: 'plain_text', text: 'No' },
    },
  });
  const block_id = clip(`perennial ${run ?? ''}`, 255);
  return { type: 'actions', block_id, elements: [button('approve', 'primary'), button('reject', 'danger')] };
}
