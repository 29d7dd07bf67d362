import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../serving/config.js';
import { readWorkerConfig } from '../../worker/config.js';
import { readTraceConfig } from '../../telemetry/environment.js';
import { manifests, problemsOf, type Manifest } from './kubernetes.js';

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const workloadSchema = z.looseObject({
  kind: z.string(),
  spec: z.looseObject({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.number().min(10),
        securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }),
        containers: z
          .array(
            z.looseObject({
              image: z.string().regex(/:\d+\.\d+\.\d+$/),
              env: z.array(
                z.object({
                  name: z.string(),
                  value: z.string().optional(),
                  valueFrom: z.looseObject({ secretKeyRef: z.unknown().optional() }).optional(),
                }),
              ),
              ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
              resources: z.object({ requests: z.unknown(), limits: z.looseObject({ memory: z.string() }) }),
              securityContext: z.object({
                allowPrivilegeEscalation: z.literal(false),
                readOnlyRootFilesystem: z.literal(true),
                capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
              }),
            }),
          )
          .length(1),
      }),
    }),
  }),
});

const all = manifests();
const ofKind = (kind: string): Manifest[] =>
  all.flatMap(({ object }) => (object.kind === kind ? [object] : []));
const workloads = [...ofKind('Deployment'), ...ofKind('StatefulSet')];

describe('the Kubernetes manifests', () => {
  it.each(all.map(({ file, object }) => [`${object.kind} ${object.metadata.name} in ${file}`, object]))(
    '%s is what the schemas of Kubernetes and KEDA allow, to the last member',
    (_, object) => {
      expect(problemsOf(object)).toEqual([]);
      if (object.kind !== 'Namespace') expect(object.metadata.namespace).toBe('perennial');
    },
  );

  it('would be refused with a wrong value, or with a member that nobody knows', () => {
    const [worker] = ofKind('Deployment');
    const spec = z.record(z.string(), z.unknown()).parse(worker?.['spec']);
    expect(problemsOf({ ...worker, spec: { ...spec, replicas: 'two' } })).toEqual([
      expect.stringContaining('replicas must be integer'),
    ]);
    expect(problemsOf({ ...worker, spec: { ...spec, replicaz: 2 } })).toEqual(['spec.replicaz is not known']);
  });

  it.each(workloads.map((object) => [object.metadata.name, object]))(
    '%s runs without rights, with probes, and with secrets by reference',
    (_, object) => {
      const { spec } = workloadSchema.parse(object);
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      const [container] = spec.template.spec.containers;
      const ports = container?.ports.map(({ name }) => name);
      for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
        expect(ports).toContain(container?.[kind].httpGet.port);
      const secret = container?.env.filter(({ name }) => /TOKEN|SECRET|ACCESS_KEY/.test(name)) ?? [];
      expect(secret).toHaveLength(4);
      for (const { value, valueFrom } of secret) {
        expect(value).toBeUndefined();
        expect(valueFrom?.secretKeyRef).toBeDefined();
      }
    },
  );

  it('give each process an environment that it takes', () => {
    const [shared] = ofKind('ConfigMap');
    const common = z.record(z.string(), z.string()).parse(shared?.['data']);
    const environmentOf = (name: string): NodeJS.ProcessEnv => {
      const object = workloads.find(({ metadata }) => metadata.name === name);
      const [container] = workloadSchema.parse(object).spec.template.spec.containers;
      const own = container?.env.map((one) => [
        one.name,
        one.value ?? `of-a-secret-or-field-${one.name.length}`,
      ]);
      return { ...common, ...Object.fromEntries(own ?? []) } as NodeJS.ProcessEnv;
    };
    expect(readWorkerConfig(environmentOf('worker'))).toMatchObject({
      servingUrls: ['http://serving-0.serving-replicas:8080', 'http://serving-1.serving-replicas:8080'],
      metrics: { host: '0.0.0.0', port: 9464 },
      approvers: { 'ml-leads': ['ada', 'grace'] },
    });
    const serving = { ...environmentOf('serving'), PERENNIAL_SERVING_HOST: '0.0.0.0' };
    expect(readConfig(serving)).toMatchObject({ store: 's3://acme-ml/perennial', host: '0.0.0.0' });
    expect(common).toHaveProperty('OTEL_EXPORTER_OTLP_ENDPOINT', '');
    expect(readTraceConfig(common)).toBeUndefined();
  });

  it('name each other rightly: budgets, services and policies their pods, the scaler its deployment and queues', () => {
    const labels = workloads.map((object) => workloadSchema.parse(object).spec.selector.matchLabels);
    const text = JSON.stringify(
      [...ofKind('PodDisruptionBudget'), ...ofKind('NetworkPolicy'), ...ofKind('Service')].map(
        ({ spec }) => spec,
      ),
    );
    for (const one of labels) expect(text.split(JSON.stringify(one)).length - 1).toBeGreaterThanOrEqual(2);
    const [scaler] = ofKind('ScaledObject');
    expect(scaler?.['spec']).toMatchObject({
      scaleTargetRef: { name: 'worker' },
      triggers: [{ metadata: { taskQueue: 'perennial' } }, { metadata: { taskQueue: 'perennial-compute' } }],
    });
  });
});
