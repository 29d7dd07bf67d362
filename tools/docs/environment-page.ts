import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { codecEnvironmentSchema } from '../../client/codec-server/config.js';
import { servingEnvironmentSchema } from '../../serving/config.js';
import { cacheEnvironmentSchema } from '../../storage/objects/open-store.js';
import { s3EnvironmentSchema } from '../../storage/objects/s3/s3-settings.js';
import { traceEnvironmentSchema } from '../../telemetry/environment.js';
import { logEnvironmentSchema } from '../../telemetry/log-environment.js';
import { payloadEnvironmentSchema } from '../../storage/payloads/payload-keys.js';
import { workerEnvironmentSchema } from '../../worker/config.js';
import { jsonSchemaOf, keyRows } from './json-schema.js';
import { markdownTable } from './markdown.js';

/** Variables that no schema holds, with where they are read. */
const OTHERS: Readonly<
  Record<string, readonly (readonly [name: string, fallback: string, meaning: string])[]>
> = {
  'The `perennial` command and the SDK': [
    [
      'PERENNIAL_HOME',
      '`.perennial`',
      'State folder of `perennial up`, in which other commands find what runs.',
    ],
    ['PERENNIAL_BY', 'the system user', 'In whose name requests are made.'],
    [
      'PERENNIAL_STORE',
      'what runs in the state folder',
      'The object store: a folder, or `s3://bucket/prefix`.',
    ],
    ['PERENNIAL_SERVING_URLS', 'what runs in the state folder', 'Serving replicas; the first one is asked.'],
    ['PERENNIAL_SERVING_TOKEN', '–', 'Bearer token of serving, when it needs one.'],
    ['PERENNIAL_TASK_QUEUE', '`perennial`', 'Task queue of the workflows.'],
    ['NO_COLOR', '–', 'Anything: no colours.'],
  ],
  'Temporal, in every process': [
    [
      'TEMPORAL_ADDRESS',
      '`localhost:7233`',
      'Server, as `host:port`. `perennial up` sets it for its own processes.',
    ],
    ['TEMPORAL_NAMESPACE', '`default`', 'Namespace.'],
    ['TEMPORAL_API_KEY', '–', 'API key of Temporal Cloud; turns TLS on.'],
    ['TEMPORAL_PROFILE', '`default`', 'Profile in the configuration file.'],
    ['TEMPORAL_CONFIG_FILE', '`~/.config/temporalio/temporal.toml`', 'Configuration file.'],
    [
      'TEMPORAL_TLS_CLIENT_CERT_PATH',
      '–',
      'Certificate for mutual TLS; its key is in `TEMPORAL_TLS_CLIENT_KEY_PATH`.',
    ],
  ],
  'Traces, as OpenTelemetry’s own code reads it': [
    ['OTEL_SERVICE_NAME', '`perennial-worker`, `perennial-serving`, `perennial-cli`', 'Name of the process.'],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      '–',
      'More about it, e.g. `deployment.environment.name=production,service.namespace=ml`. What cannot be read is left out, all of it.',
    ],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      '–',
      'Headers for the collector, e.g. `authorization=Bearer …`; also `OTEL_EXPORTER_OTLP_TRACES_HEADERS`. Never logged.',
    ],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', '`none`', '`gzip`; anything else counts as `none`.'],
    [
      'OTEL_EXPORTER_OTLP_CERTIFICATE',
      '–',
      'File with the certificates to trust; `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY` for mutual TLS. A file that cannot be read counts as absent.',
    ],
  ],
  'Tools and development': [
    [
      'TEMPORAL_CLI',
      '–',
      'The Temporal program to run as dev server; see [the Temporal server](../servers.md).',
    ],
    ['XDG_CACHE_HOME', '`~/.cache`', 'Where the program is cached, below `perennial/bin`.'],
    ['PERENNIAL_SOAK', '–', '`1` runs the tests with long counts (`npm run soak` sets it).'],
    [
      'PERENNIAL_PYTHON',
      '–',
      'A Python with the packages of `examples/trainers`, for the tests with scikit-learn and LightGBM, or with those of the benchmarks’ peers.',
    ],
    [
      'PERENNIAL_TEST_S3',
      '–',
      '`own` runs the tests on the S3 service of the environment, in its bucket `perennial`.',
    ],
    ['CHROMIUM', '`/usr/bin/chromium`', 'The browser of `npm run screenshots`.'],
  ],
};

const INTRO = `# Environment variables

An empty variable of the serving process counts as absent. A value that cannot be used ends the process at its start, with the name
of the variable and what is allowed.`;

/** `docs/reference/environment.md`: from the schemas of the processes, plus what no schema holds. */
export function environmentPage(): string {
  return [
    INTRO,
    '## The worker process',
    schemaTable(workerEnvironmentSchema),
    '## The serving process',
    schemaTable(servingEnvironmentSchema),
    '## A store or data in S3, in every process that opens it',
    schemaTable(s3EnvironmentSchema.extend(cacheEnvironmentSchema.shape)),
    '## Encrypted payloads: workers, clients and codec servers',
    schemaTable(payloadEnvironmentSchema),
    '## The codec server',
    schemaTable(codecEnvironmentSchema),
    '## Logs of worker and serving',
    schemaTable(logEnvironmentSchema),
    '## Traces: worker, serving and the `perennial` command',
    schemaTable(traceEnvironmentSchema),
    ...Object.entries(OTHERS).flatMap(([title, rows]) => [
      `## ${title}`,
      table(rows.map(([name, fallback, meaning]) => [`\`${name}\``, fallback, meaning])),
    ]),
  ].join('\n\n');
}

function schemaTable(schema: z.ZodType): string {
  return table(
    keyRows(jsonSchemaOf(schema)).map((row) => [`\`${row.path}\``, fallbackOf(row.fallback), row.meaning]),
  );
}

const fallbackOf = (text: string): string => (text === '``' || text === '`{}`' ? 'empty' : text);

const table = (rows: readonly (readonly string[])[]): string =>
  markdownTable(['variable', 'default', 'meaning'], rows);

const ROOMS = [
  'activities',
  'client',
  'domain',
  'engines',
  'policy',
  'serving',
  'storage',
  'telemetry',
  'worker',
  'workflows',
];

/** Names of our own variables that the code reads and `page` does not tell of. */
export function undocumentedVariables(root: string, page: string): string[] {
  const read = ROOMS.flatMap((room) => sources(join(root, room))).flatMap((file) => [
    ...(readFileSync(file, 'utf8').match(/\bPERENNIAL_[A-Z_]*[A-Z]\b/g) ?? []),
  ]);
  return [...new Set(read)].filter((name) => !page.includes(name)).sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}
