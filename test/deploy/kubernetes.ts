import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { DEPLOY } from './prometheus-server.js';

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
/** One object of the manifests. */
export type Manifest = z.infer<typeof objectSchema>;

/** Every object of `deploy/kubernetes`, by file. */
export function manifests(): { readonly file: string; readonly object: Manifest }[] {
  const folder = join(DEPLOY, 'kubernetes');
  return readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => ({
      file,
      object: objectSchema.parse(document.toJS()),
    })),
  );
}

/** What checks an object of a kind, by the OpenAPI schemas of Kubernetes and KEDA. */
interface Checked {
  validate(): void;
}
const KINDS: Readonly<Record<string, new (data: never) => Checked>> = {
  'apps/v1 Deployment': Deployment,
  'apps/v1 StatefulSet': StatefulSet,
  'v1 Namespace': Namespace,
  'v1 ConfigMap': ConfigMap,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
};

/** What Kubernetes would refuse about an object: by its schema, and every member that the schema does not know. */
export function problemsOf(object: unknown): string[] {
  const { apiVersion, kind } = objectSchema.parse(object);
  const Model = KINDS[`${apiVersion} ${kind}`];
  if (Model === undefined) return [`${apiVersion} ${kind} is not known here`];
  const refused = (value: unknown): string | undefined => {
    try {
      new Model(value as never).validate();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const problem = refused(object);
  if (problem !== undefined) return [problem];
  // The schemas let unknown members through. One that takes a value that no schema allows is unknown.
  return pathsOf(object)
    .filter((path) => refused(withSymbolAt(object, path)) === undefined)
    .map((path) => `${path.join('.')} is not known`);
}

type Path = readonly (string | number)[];

/** Paths of all members, in objects and lists. */
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => [
    [...at, key],
    ...pathsOf(Reflect.get(value, key) as unknown, [...at, key]),
  ]);
}

const NOTHING_ALLOWED = Symbol('no schema allows a symbol');

function withSymbolAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return NOTHING_ALLOWED;
  if (typeof value !== 'object' || value === null) return value;
  const changed = withSymbolAt(Reflect.get(value, key) as unknown, rest);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === key ? changed : item));
  return { ...value, [key]: changed };
}
