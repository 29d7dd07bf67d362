import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../client/servers/project-root.js';
import { readConfig } from '../../serving/config.js';
import { readTraceConfig } from '../../telemetry/environment.js';
import { servingMetrics, workerMetrics } from '../../tools/docs/metrics-page.js';
import { readWorkerConfig } from '../../worker/config.js';
import { dashboard, panelQueries } from './dashboard.js';
import { alertRules, DEPLOY, hasProgram } from './prometheus-server.js';

const text = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');

describe('the files of Prometheus', () => {
  it.skipIf(!hasProgram('promtool'))('pass promtool', () => {
    const checked = (...args: string[]): string => execFileSync('promtool', ['check', ...args]).toString();
    const rules = alertRules().groups.flatMap((group) => group.rules).length;
    expect(checked('rules', join(DEPLOY, 'prometheus/alerts.yml'))).toContain(
      `SUCCESS: ${rules} rules found`,
    );
    expect(checked('config', '--syntax-only', join(DEPLOY, 'prometheus/prometheus.yml'))).toContain(
      'SUCCESS',
    );
  });

  it('ask for metrics and labels that the processes tell', () => {
    const known = new Map(
      [...workerMetrics(), ...servingMetrics()].map(({ name, labelNames }) => [name, labelNames]),
    );
    const asked = [
      ...alertRules().groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ of: alert, expr }))),
      ...panelQueries('5m').map(({ panel, expr }) => ({ of: panel, expr })),
    ];
    const wrong = asked.flatMap(({ of, expr }) =>
      [...expr.matchAll(/\b((?:perennial|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].flatMap(
        ([, name, selector]) => {
          const labels = known.get((name ?? '').replace(/_bucket$/, ''));
          if (labels === undefined) return [`${of}: no metric ${name ?? ''}`];
          const named = [...(selector ?? '').matchAll(/(\w+)(?:=|!)/g)].map(([, label]) => label ?? '');
          return named
            .filter((label) => !['job', 'instance', ...labels].includes(label))
            .map((label) => `${of}: ${name ?? ''} has no label ${label}`);
        },
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('say of each alert how bad it is and what it means', () => {
    const rules = alertRules().groups.flatMap((group) => group.rules);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const page = readFileSync(join(projectRoot(), 'docs/metrics.md'), 'utf8');
    for (const rule of rules) {
      expect(rule['labels']).toMatchObject({ severity: expect.stringMatching(/^(info|warning|critical)$/) });
      const annotations = { summary: expect.any(String), description: expect.any(String) };
      expect(rule['annotations']).toMatchObject(annotations);
      expect(page).toContain(`\`${rule.alert}\``);
    }
  });
});

describe('the files of Grafana', () => {
  it('show panels that do not lie upon each other, of the provisioned Prometheus', () => {
    const { panels } = dashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = panels.flatMap(({ title, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => ({
        title,
        at: `${x + (cell % w)},${y + Math.floor(cell / w)}`,
        edge: x + w,
      })),
    );
    expect(new Set(taken.map(({ at }) => at)).size).toBe(taken.length);
    expect(Math.max(...taken.map(({ edge }) => edge))).toBeLessThanOrEqual(24);
    const source = z
      .object({ datasources: z.array(z.looseObject({ uid: z.string(), type: z.string(), url: z.string() })) })
      .parse(parse(text('grafana/provisioning/datasources/prometheus.yml'))).datasources[0];
    for (const { type, datasource, targets } of panels) {
      if (type === 'row') continue;
      expect(targets.length).toBeGreaterThan(0);
      expect(datasource).toEqual({ type: source?.type, uid: source?.uid });
    }
  });
});

describe('the Dockerfile', () => {
  const dockerfile = text('Dockerfile');
  const lines = dockerfile.replaceAll('\\\n', ' ').split('\n');
  const of = (instruction: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));

  it('has nothing that a linter complains of', () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(validate('FROM node\nEXPOSE port')).not.toEqual([]);
  });

  it('builds in stages from one pinned image, and ends without rights', () => {
    expect(of('FROM')).toEqual([
      expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim AS build$/),
      expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/),
    ]);
    expect(of('USER')).toEqual(['1000:1000']);
    expect(dockerfile.lastIndexOf('\nUSER')).toBeGreaterThan(dockerfile.lastIndexOf('\nRUN'));
    for (const line of of('COPY').filter((copy) => copy.startsWith('--from')))
      expect(line).toMatch(/^--from=build \/app\//);
  });

  it('is sent what it copies and compiles, and nothing else', () => {
    const sent = text('Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const path of sent) expect(existsSync(join(projectRoot(), path)), path).toBe(true);
    const copied = of('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1))
      .filter((source) => source !== '.');
    expect(copied.length).toBeGreaterThan(2);
    for (const source of copied) expect(sent).toContain(source);
    const compiled = readFileSync(join(projectRoot(), 'tools/package/tsconfig.json'), 'utf8');
    for (const [, path] of compiled.matchAll(/"\.\.\/\.\.\/([^/"]+)[^"]*"/g))
      if (path !== 'dist') expect(sent).toContain(path);
  });
});

const serviceSchema = z.looseObject({
  image: z.string(),
  user: z.string().optional(),
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: z.unknown().optional(),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });

/** Variables of the example file, secrets filled in; the others may stay empty. */
function exampleEnvironment(): Record<string, string> {
  const set = text('.env.example')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const fill = (name: string): string => (name.startsWith('OTEL_') ? '' : 'a-secret-that-nobody-guesses');
  return Object.fromEntries(set.map(([name, value]) => [name, value || fill(name)]));
}

describe('the compose file', () => {
  const source = text('docker-compose.yml');
  const given = exampleEnvironment();
  const filled = source
    .replaceAll(/\$\{([A-Z_0-9]+)(?::[?-]([^}]*))?\}/g, (_, name: string) =>
      JSON.stringify(given[name] ?? '').slice(1, -1),
    )
    .replaceAll(
      /^( +PERENNIAL_APPROVERS: ).*$/gm,
      (_, head: string) => `${head}'${given['PERENNIAL_APPROVERS'] ?? ''}'`,
    );
  const { services } = composeSchema.parse(parse(filled, { merge: true }));
  const oneOff = ['temporal-schema', 'temporal-namespace', 's3-bucket'];

  it('takes every secret from the environment, and the example names each variable', () => {
    const asked = new Set([...source.matchAll(/\$\{([A-Z_0-9]+)/g)].map(([, name]) => name));
    expect([...asked].sort()).toEqual(Object.keys(given).sort());
    for (const [use] of source.matchAll(/\$\{[A-Z0-9_]*(?:PASSWORD|KEY|TOKEN)[^}]*\}/g))
      expect(use).toContain(':?');
    expect(text('.env.example')).toMatch(/PASSWORD=\n/);
  });

  it.each(Object.entries(services))(
    '%s is pinned, watched, on loopback and without rights',
    (name, service) => {
      expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-bookworm)?$/);
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      if (oneOff.includes(name)) {
        expect(service.restart).toMatch(/^on-failure/);
        return;
      }
      expect(service).toMatchObject({ restart: 'unless-stopped', cap_drop: ['ALL'] });
      // Temporal's images bring a user of their own.
      if (!name.startsWith('temporal')) expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
      if (name !== 'temporal-ui') expect(service.healthcheck).toBeDefined();
    },
  );

  it('gives each process an environment that it takes', () => {
    expect(readWorkerConfig(services['worker']?.environment ?? {})).toMatchObject({
      approvers: { 'ml-leads': ['ada', 'grace'] },
      servingUrls: ['http://serving:8080'],
      metrics: { host: '0.0.0.0', port: 9464 },
    });
    const serving = { ...services['serving']?.environment, PERENNIAL_SERVING_HOST: '0.0.0.0' };
    expect(readConfig(serving)).toMatchObject({ store: 's3://perennial/store', replica: 'serving' });
    for (const name of ['worker', 'serving']) {
      const environment = services[name]?.environment ?? {};
      expect(readTraceConfig(environment)).toBeUndefined();
      expect(environment).toHaveProperty('OTEL_EXPORTER_OTLP_ENDPOINT', '');
    }
  });

  const canBuild = process.env['PERENNIAL_SOAK'] === '1' && spawnSync('go', ['version']).status === 0;
  it.skipIf(!canBuild)('is loaded by what Docker Compose loads it with', () => {
    const load = (env: NodeJS.ProcessEnv) =>
      spawnSync('go', ['run', '.', join(DEPLOY, 'docker-compose.yml')], {
        cwd: join(projectRoot(), 'tools/compose-check'),
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
    const loaded = load(given);
    expect(loaded.stderr).toBe('');
    const project = z
      .object({
        services: z.record(
          z.string(),
          z.object({ depends_on: z.record(z.string(), z.unknown()).optional() }),
        ),
      })
      .parse(JSON.parse(loaded.stdout));
    expect(Object.keys(project.services).sort()).toEqual(Object.keys(services).sort());
    expect(load({ ...given, S3_SECRET_KEY: '' }).stderr).toContain(
      'S3_SECRET_KEY is missing a value: is missing in .env',
    );
  });
});
