import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { PerennialError } from '../../domain/errors.js';
import { SEARCH_ATTRIBUTES } from '../../domain/names.js';

const HOUR_MS = 3_600_000;
const TYPES = {
  Keyword: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
} as const;

/** Search attributes by name, with their type. */
export type SearchAttributes = Readonly<Record<string, keyof typeof TYPES>>;

/** Sets how long a namespace keeps the history of closed workflows, in hours (at least 1). */
export async function setRetention(connection: Connection, namespace: string, hours: number): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(hours * HOUR_MS) },
  });
}

/**
 * Gives a namespace the search attributes that it lacks; may be called at every start. Throws a {@link PerennialError} for one
 * that exists with another type, and for a server that lets only an operator add them (Temporal Cloud).
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes = SEARCH_ATTRIBUTES,
): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace, wanted);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, TYPES[wanted[name] ?? 'Keyword']]),
  );
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    throw cannotAdd(namespace, missing, error);
  }
}

/** The names of the wanted search attributes that a namespace lacks. Throws for one that exists with another type. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes = SEARCH_ATTRIBUTES,
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const present = new Map(Object.entries(customAttributes ?? {}));
  for (const [name, type] of Object.entries(wanted)) {
    const found = present.get(name);
    if (found !== undefined && found !== TYPES[type]) throw wrongType(namespace, name, type);
  }
  return Object.keys(wanted).filter((name) => !present.has(name));
}

/** The command by which an operator adds search attributes to a namespace. */
export function createAttributesLine(namespace: string, names: readonly string[]): string {
  const flags = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
}

function wrongType(namespace: string, name: string, type: string): PerennialError {
  return new PerennialError({
    type: 'search-attribute-type',
    thing: `Search attribute ${name} of namespace ${namespace}`,
    allowed: `the type ${type}`,
    next: `Use another namespace, or remove it: \`temporal operator search-attribute remove --name ${name}\`.`,
  });
}

function cannotAdd(namespace: string, missing: readonly string[], cause: unknown): PerennialError {
  return new PerennialError(
    {
      type: 'search-attributes-missing',
      thing: `Search attributes of namespace ${namespace}`,
      allowed: `${missing.join(', ')} to exist (${cause instanceof Error ? cause.message : String(cause)})`,
      next: `Add them: \`${createAttributesLine(namespace, missing)}\`; on Temporal Cloud in the namespace's settings.`,
    },
    { cause },
  );
}
