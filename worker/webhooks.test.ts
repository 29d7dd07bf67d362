import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { readWebhooksFile } from '../client/webhooks-file.js';
import { wants } from '../domain/webhooks.js';
import { readWorkerConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-webhooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ADDRESS = 'https://hooks.example.com/services/T0/B0/a-secret-path';
const SECRET = 'a-secret-of-enough-characters';
const base = {
  ...{ PERENNIAL_STORE: '/s', PERENNIAL_DATA_ROOTS: '/a', PERENNIAL_STATE: '/t' },
  ...{ CHAT_URL: ` ${ADDRESS}\n`, PAGER_SECRET: SECRET, SHORT: 'short', FTP: 'ftp://example.com/x' },
  WITH_PASSWORD: 'https://ada:a-password@example.com/x',
};
const webhooksOf = (webhooks: unknown) =>
  readWorkerConfig({
    ...base,
    PERENNIAL_WEBHOOKS: typeof webhooks === 'string' ? webhooks : JSON.stringify(webhooks),
  }).webhooks;
const chat = { name: 'chat', kind: 'slack', urlFrom: 'CHAT_URL' };

describe('webhooks in the worker’s environment', () => {
  it('get their addresses and secrets from variables that they name', () => {
    const pager = { name: 'pager', kind: 'generic', url: 'http://10.0.0.1/x', secretFrom: 'PAGER_SECRET' };
    expect(webhooksOf([chat, { ...pager, models: ['m'], events: ['promoted'] }])).toEqual([
      { name: 'chat', kind: 'slack', url: ADDRESS, secret: undefined, buttons: false },
      {
        ...{ name: 'pager', kind: 'generic', url: 'http://10.0.0.1/x', secret: SECRET, buttons: false },
        ...{ models: ['m'], events: ['promoted'] },
      },
    ]);
  });

  it('may stand in a file, in JSON or YAML, which the command reads likewise', async () => {
    const file = join(folder, 'webhooks.yaml');
    writeFileSync(file, '- {name: chat, kind: slack, urlFrom: CHAT_URL}\n');
    expect(webhooksOf(file)).toEqual(webhooksOf([chat]));
    expect(webhooksOf(await readWebhooksFile(file))).toEqual(webhooksOf([chat]));
    expect(await readWebhooksFile(file)).not.toContain('example.com');
    writeFileSync(file, '- {name: chat, kind: slack, url: 1}\n');
    await expect(readWebhooksFile(file)).rejects.toThrow(/webhooks\.yaml \(0\.url: /);
    await expect(readWebhooksFile(join(folder, 'none'))).rejects.toMatchObject({
      type: 'webhooks-unreadable',
    });
  });

  it.each([
    [`- {name: chat, kind: slack, url: ${ADDRESS}`, /\(no JSON or YAML in line 1, column \d+\)/],
    [`- {name: chat, kind: slack, ${ADDRESS}}`, /\(0: an unrecognized key \(not shown\)\)/],
    [`- *${ADDRESS}`, /\(no JSON or YAML\)/],
    [`- !secret ${ADDRESS}`, /\(0: Invalid input: expected object, received string\)/],
  ])('in a file that is broken show none of its lines: %#', async (lines, words) => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(file, lines);
    const warnings: unknown[] = [];
    const keep = (warning: unknown) => void warnings.push(warning);
    process.on('warning', keep);
    const error: unknown = await readWebhooksFile(file).catch((thrown: unknown) => thrown);
    expect(() => webhooksOf(file)).toThrow(/PERENNIAL_WEBHOOKS/);
    await new Promise(setImmediate);
    process.off('warning', keep);
    expect(error).toMatchObject({ type: 'webhooks-unreadable', message: expect.stringMatching(words) });
    expect(inspect([error, warnings], { depth: 9 })).not.toMatch(/hooks\.example|a-secret-path/);
  });

  it.each([
    [
      [{ ...chat, urlFrom: 'UNSET' }],
      /UNSET of webhook chat .*expected to be set in the worker’s environment/,
    ],
    [[{ ...chat, urlFrom: 'FTP' }], /FTP of webhook chat .*expected an http or https address/],
    [[{ ...chat, urlFrom: 'WITH_PASSWORD' }], /an address without a user and password/],
    [[{ ...chat, url: ADDRESS }], /either 'urlFrom' or 'url'/],
    [[{ ...chat, secretFrom: 'PAGER_SECRET' }], /'secretFrom' is for kind generic/],
    [[{ ...chat, kind: 'generic', secretFrom: 'SHORT' }], /a secret of at least 16 characters/],
    [[{ ...chat, kind: 'generic', buttons: true }], /'buttons' is for kind slack/],
    [[{ ...chat, events: ['test'] }], /PERENNIAL_WEBHOOKS: 0\.events\.0: Invalid option/],
    [[chat, chat], /each name once; expected \[/],
    ['{', /JSON such as \[.*, or the path of a file/],
    ['/no/such/file', /JSON such as \[.*, or the path of a file/],
  ])('that say %j are refused, and no value is shown', (webhooks, words) => {
    let message = '';
    try {
      webhooksOf(webhooks);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(words);
    for (const value of [ADDRESS, SECRET, 'a-password', 'ftp:']) expect(message).not.toContain(value);
  });
});

describe('a webhook', () => {
  const all = { models: undefined, events: undefined };

  it('is told of every event but refused requests, unless it names what it wants', () => {
    expect(wants(all, 'm', 'promoted')).toBe(true);
    expect(wants(all, 'm', 'retrain-refused')).toBe(false);
    expect(wants({ ...all, events: ['retrain-refused'] }, 'm', 'retrain-refused')).toBe(true);
    expect(wants({ ...all, events: ['retrain-refused'] }, 'm', 'promoted')).toBe(false);
    expect(wants({ ...all, models: ['other'] }, 'm', 'promoted')).toBe(false);
  });
});
