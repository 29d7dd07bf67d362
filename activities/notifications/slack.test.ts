import { describe, expect, it } from 'vitest';
import type { Notification } from '../../domain/notification.js';
import { nextSteps } from './next-steps.js';
import { slackMessage } from './slack.js';

const asked: Notification = {
  ...{ format: 'perennial-notification/1', id: 'rollout/m/3/r/approval-waiting', event: 'approval-waiting' },
  ...{ model: 'm', version: 3, at: '2026-11-21T22:00:00.000Z', asOf: null, who: 'ada' },
  title: 'm: version 3 waits for a decision',
  text: 'ada may decide until <!channel> & <https://evil.example|here>',
  ...{ deadline: '2026-11-28T22:00:00.000Z', metric: 'mae' },
  numbers: { candidate: 40.12345, champion: 43.2, naive: 60, rows: 336 },
  verdicts: [{ gate: 'not-worse-than-champion', outcome: 'pass', because: 'upper bound -0.03', numbers: {} }],
  next: nextSteps({ event: 'approval-waiting', model: 'm', version: 3, why: '' }),
  ...{ link: 'http://127.0.0.1:8233/x', ledger: null, run: 'rollout/m/3' },
};
const shown = (of: Notification, buttons = false): string => JSON.stringify(slackMessage(of, { buttons }));

describe('a message for Slack', () => {
  it('says what happened, the numbers, what each gate said and what to type', () => {
    const { text, blocks } = slackMessage(asked, { buttons: false });
    expect(text).toMatch(/^m: version 3 waits for a decision\nada may decide/);
    expect(blocks[0]).toEqual({
      type: 'header',
      text: { type: 'plain_text', text: 'm: version 3 waits for a decision', emoji: false },
    });
    const all = JSON.stringify(blocks);
    expect(all).toContain('mae on the holdout: candidate *40.12*, champion *43.2*, naive *60*, rows *336*');
    expect(all).toContain('*pass* not-worse-than-champion: upper bound -0.03');
    expect(all).toContain('perennial approve m --candidate 3 --by &lt;you&gt;');
    expect(all).toContain('<http://127.0.0.1:8233/x|Temporal Web UI>');
  });

  it('makes no mention and no link of anybody’s words', () => {
    expect(shown(asked)).not.toMatch(/<!|<https:\/\/evil/);
    expect(shown(asked)).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;');
  });

  it('shows anybody’s words as words: no line, no mark and no mention of theirs', () => {
    const forged = '@channel https://evil.example\n*pass* all_gates _x_ ~y~ `z` [here](https://evil.example)';
    const verdict = { gate: 'g', outcome: 'fail' as const, because: forged, numbers: {} };
    const { text, blocks } = slackMessage(
      { ...asked, text: forged, verdicts: [verdict] },
      { buttons: false },
    );
    const words =
      '@\u200bchannel https://evil.example ∗pass∗ all_gates ˍxˍ ∼y∼ ˋzˋ [here] (https://evil.example)';
    expect(text).toBe(`m: version 3 waits for a decision\n${words}`);
    expect(blocks[1]).toMatchObject({ text: { text: words, verbatim: true } });
    expect(blocks[3]).toMatchObject({ text: { text: `*fail* g: ${words}` } });
  });

  it('has buttons below a question only, and only when they were asked for', () => {
    expect(shown(asked)).not.toContain('"actions"');
    expect(shown(asked, true)).toContain('perennial-reject');
    expect(shown({ ...asked, event: 'promoted' }, true)).not.toContain('"actions"');
  });

  it('stays within what Slack takes', () => {
    const long = { ...asked, title: 't'.repeat(400), text: '<'.repeat(1500) };
    const verdict = { gate: 'g', outcome: 'pass' as const, because: '&'.repeat(300), numbers: {} };
    const { blocks } = slackMessage(
      { ...long, verdicts: Array.from({ length: 20 }, () => verdict) },
      { buttons: true },
    );
    expect(blocks.length).toBeLessThanOrEqual(50);
    const texts = [...JSON.stringify(blocks).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text);
    expect(Math.max(...texts.map((text = '') => text.length))).toBeLessThanOrEqual(3000);
    expect(JSON.stringify(blocks[0])).toMatch(/t{149}…"/);
  });
});
