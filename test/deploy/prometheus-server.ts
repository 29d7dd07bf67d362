import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { freePort } from '../../client/servers/free-port.js';
import { projectRoot } from '../../client/servers/project-root.js';

/** Folder of what is deployed. */
export const DEPLOY = join(projectRoot(), 'deploy');

/** Whether a program is on the path; Debian's package `prometheus` brings `prometheus` and `promtool`. */
export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

const ruleSchema = z.looseObject({ alert: z.string(), expr: z.string(), for: z.string().optional() });
const rulesSchema = z.object({
  groups: z.array(z.looseObject({ name: z.string(), rules: z.array(ruleSchema) })),
});
const configSchema = z.looseObject({
  global: z.looseObject({}),
  scrape_configs: z.array(z.looseObject({ job_name: z.string() })),
});

/** The alert rules as they are deployed. */
export const alertRules = () =>
  rulesSchema.parse(parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')));

/** Where the jobs of the deployed configuration are on this machine, as `host:port`. */
export type Targets = Readonly<Record<string, string>>;

const sampleSchema = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([z.number(), z.string()]),
});
const answerSchema = z.object({ data: z.object({ result: z.array(sampleSchema) }) });
/** One series with its newest value. */
export type Sample = z.infer<typeof sampleSchema>;

/** A running Prometheus with the deployed configuration, aimed at this machine. It ends with the test. */
export interface PrometheusServer {
  /** Answer of an instant query. Throws what Prometheus says of a wrong one. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Names of the alerts that are pending or firing now. */
  active(): Promise<readonly string[]>;
  /** Waits until an alert is neither pending nor firing, and then, after `cause`, until it fires; gives its labels. */
  fires(alert: string, cause: () => Promise<void>): Promise<Readonly<Record<string, string>>>;
  /** Waits until an alert has fired, at any time since the start; gives its labels. */
  fired(alert: string): Promise<Readonly<Record<string, string>>>;
}

/**
 * The deployed files with other places and shorter times: targets of this machine, every other second, and alerts after two seconds where they
 * wait for longer. Expressions stay as they are.
 */
function aim(folder: string, targets: Targets, credentials: string): string {
  const config = configSchema.parse(parse(readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8')));
  const jobs = config.scrape_configs.map(({ dns_sd_configs: _found, ...job }) => ({
    ...job,
    static_configs: [{ targets: [targets[job.job_name]] }],
    ...('authorization' in job && { authorization: { credentials_file: credentials } }),
  }));
  const global = { ...config.global, scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' };
  const groups = alertRules().groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => (rule.for === undefined ? rule : { ...rule, for: '2s' })),
  }));
  writeFileSync(join(folder, 'alerts.yml'), stringify({ groups }));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify({ ...config, global, scrape_configs: jobs }));
  return file;
}

/** Starts Prometheus with its data and its configuration below a folder. */
export async function startPrometheus(
  folder: string,
  targets: Targets,
  credentials: string,
): Promise<PrometheusServer> {
  const config = aim(folder, targets, credentials);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  onTestFinished(() => ended(server));
  const said: string[] = [];
  server.stderr.on('data', (chunk: Buffer) => said.push(String(chunk)));
  while (!(await answers(`${url}/-/ready`))) {
    if (server.exitCode !== null) throw new Error(`prometheus ended: ${said.join('').slice(-2000)}`);
    await sleep(100);
  }
  const query = (expression: string) => ask(url, expression);
  const first = async (expression: string): Promise<Readonly<Record<string, string>>> => {
    for (;;) {
      const [one] = await query(expression);
      if (one !== undefined) return one.metric;
      await sleep(250);
    }
  };
  return {
    query,
    active: async () => (await query('ALERTS')).map(({ metric }) => metric['alertname'] ?? ''),
    fired: (alert) => first(`max_over_time(ALERTS{alertname="${alert}",alertstate="firing"}[1h])`),
    fires: async (alert, cause) => {
      while ((await query(`ALERTS{alertname="${alert}"}`)).length > 0) await sleep(250);
      await cause();
      return first(`ALERTS{alertname="${alert}",alertstate="firing"}`);
    },
  };
}

async function ask(url: string, expression: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${expression}: ${text}`);
  return answerSchema.parse(JSON.parse(text)).data.result;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await gone;
}
