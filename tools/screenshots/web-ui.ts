import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { PerennialError } from '../../domain/errors.js';

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A signal as the dialog sends it. */
export interface SignalForm {
  readonly workflowId: string;
  /** One that the dialog offers, or any other under *Custom*. */
  readonly name: string;
  /** What is typed into the data box; empty: nothing, so that it is sent without an argument. */
  readonly data: string;
  /** @default 'json/plain' */
  readonly encoding?: 'json/plain' | 'json/protobuf';
  /** Called with the dialog filled in, before it is submitted. */
  readonly filled?: () => Promise<void>;
}

/** An update as the dialog sends it. */
export interface UpdateForm {
  readonly workflowId: string;
  readonly name: string;
  readonly data: string;
  /** Called with the dialog filled in, before it is submitted. */
  readonly filled?: () => Promise<void>;
}

/** The Temporal Web UI in a headless browser, as a person would use it. */
export class WebUi {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #base: string;
  readonly #folder: string;

  private constructor(browser: Browser, page: Page, { base, folder }: { base: string; folder: string }) {
    this.#browser = browser;
    this.#page = page;
    this.#base = `${base}/namespaces/default`;
    this.#folder = folder;
  }

  /** Opens a browser. `base` is the address of the Web UI, `folder` gets the pictures. */
  static async open(options: { base: string; folder: string }): Promise<WebUi> {
    const browser = await chromium.launch({
      executablePath: findChromium(process.env),
      headless: true,
      args: FLAGS,
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    return new WebUi(browser, page, options);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  /** Opens "User Metadata" of the newest run of a workflow and waits until its current details show `text`. */
  async openDetails(workflowId: string, text: string): Promise<void> {
    const page = this.#page;
    await page.goto(this.#workflow(workflowId), { waitUntil: 'domcontentloaded' });
    await page.getByText('User Metadata', { exact: true }).filter({ visible: true }).first().click();
    await this.#details(text).waitFor();
  }

  /** The JSON block of the current details, as a person would copy it. */
  shownJson(): Promise<string> {
    return this.#details('"decision"').innerText();
  }

  /** The Web UI renders Markdown in a frame of its own; this is the innermost element there that holds `text`. */
  #details(text: string): Locator {
    return this.#page
      .locator('iframe')
      .last()
      .contentFrame()
      .locator('h2, p, pre')
      .filter({ hasText: text })
      .first();
  }

  #workflow(workflowId: string): string {
    return `${this.#base}/workflows/${encodeURIComponent(workflowId)}`;
  }

  /** Opens the list of workflows that a query finds, and waits for one of them. */
  async openList(query: string, workflowId: string): Promise<void> {
    const address = `${this.#base}/workflows?query=${encodeURIComponent(query)}`;
    await this.#page.goto(address, { waitUntil: 'domcontentloaded' });
    await this.#page.getByText(workflowId, { exact: true }).filter({ visible: true }).first().waitFor();
  }

  /** Opens the list of schedules and waits for one of them. */
  async openSchedules(scheduleId: string): Promise<void> {
    await this.#page.goto(`${this.#base}/schedules`, { waitUntil: 'domcontentloaded' });
    await this.#page.getByText(scheduleId, { exact: true }).filter({ visible: true }).first().waitFor();
  }

  /** *Send an Update*: resolves when the dialog has closed, which it does on an answer; a refusal is thrown with its words. */
  async sendUpdate({ workflowId, name, data, filled }: UpdateForm): Promise<void> {
    const dialog = await this.#openDialog(workflowId, 'Send an Update');
    await choose(dialog, name);
    await fill(dialog, data);
    await filled?.();
    await submit(dialog);
  }

  /** *Send a Signal*: resolves when the dialog has closed. */
  async sendSignal({ workflowId, name, data, encoding = 'json/plain', filled }: SignalForm): Promise<void> {
    const dialog = await this.#openDialog(workflowId, 'Send a Signal');
    const offered = (await option(dialog, name).count()) > 0;
    await choose(dialog, offered ? name : 'Custom');
    if (!offered) await dialog.getByRole('textbox').first().fill(name);
    await dialog.getByText(encoding, { exact: true }).click();
    await fill(dialog, data);
    await filled?.();
    await submit(dialog);
  }

  /** Takes a picture of what is on the screen, for the pages; `height` in pixels. */
  async picture(name: string, height = 900): Promise<void> {
    await this.#page.setViewportSize({ width: 1280, height });
    await this.capture(join(this.#folder, `${name}.png`));
    await this.#page.setViewportSize({ width: 1280, height: 900 });
  }

  /** Takes a picture into any file. */
  async capture(path: string): Promise<void> {
    await this.#page.screenshot({ path, animations: 'disabled' });
  }

  async #openDialog(workflowId: string, title: string): Promise<Locator> {
    const page = this.#page;
    await page.goto(this.#workflow(workflowId), { waitUntil: 'domcontentloaded' });
    await page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).click();
    await page.getByText(title, { exact: true }).filter({ visible: true }).first().click();
    return page.locator('dialog[open]');
  }
}

const option = (dialog: Locator, name: string): Locator =>
  dialog.locator('[role="option"]').filter({ has: dialog.page().getByText(name, { exact: true }) });

async function choose(dialog: Locator, name: string): Promise<void> {
  await dialog.locator('button[aria-haspopup]').click();
  await option(dialog, name).first().click();
}

async function fill(dialog: Locator, data: string): Promise<void> {
  if (data === '') return;
  await dialog.locator('[role="textbox"][data-language="json"]').click();
  // Pasted, as a person would: typing into this editor closes brackets by itself.
  await dialog.page().keyboard.insertText(data);
}

async function submit(dialog: Locator): Promise<void> {
  await dialog.getByTestId('confirm-modal-button').click();
  const refused = dialog.getByRole('alert').filter({ hasText: /\S/ });
  await Promise.race([dialog.waitFor({ state: 'hidden' }), refused.waitFor()]);
  if (await dialog.isVisible()) throw new Error(`the Web UI says: ${await refused.innerText()}`);
}

/** The browser's program. Throws `chromium-missing`. */
export function findChromium(env: NodeJS.ProcessEnv): string {
  const program = env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (existsSync(program)) return program;
  throw new PerennialError({
    type: 'chromium-missing',
    thing: 'browser',
    value: program,
    allowed: 'the program of Chromium or Chrome',
    next: 'Install it (Debian: apt-get install chromium), or name its program in CHROMIUM.',
  });
}
