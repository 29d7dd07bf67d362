import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelInput, Snapshot } from '../../../domain/manifest.js';
import type { CommandTrainerSpec } from '../fitted-model.js';
import type { ModelSpec } from '../../../domain/spec/spec.js';
import { wrongOutput } from './program-errors.js';

/** Names of the files in the folder of a run. */
export const RUN_FILES = {
  request: 'request.json',
  spec: 'spec.json',
  train: 'train.parquet',
  validation: 'validation.parquet',
  model: 'model.onnx',
  metrics: 'metrics.json',
  scores: 'validation-scores.json',
} as const;

/** What `request.json` says. */
export interface ProgramRequest {
  readonly spec: ModelSpec;
  readonly trainer: CommandTrainerSpec;
  readonly inputs: readonly ModelInput[];
  readonly classes: readonly string[] | null;
  readonly snapshot: Snapshot;
}

/** The content of `request.json`: everything that a program needs besides the rows. */
export function requestContent({ spec, trainer, inputs, classes, snapshot }: ProgramRequest): unknown {
  const { kind, label, metric } = spec.task;
  return {
    format: 'perennial-command/1',
    model: spec.model,
    task: { kind, label, metric },
    /** In the order of the columns of `scores`; null for regression. */
    classes,
    inputs,
    params: trainer.params,
    seed: trainer.seed,
    rows: { train: snapshot.train.rows, validation: snapshot.validation.rows, digest: snapshot.rows },
    read: { spec: RUN_FILES.spec, train: RUN_FILES.train, validation: RUN_FILES.validation },
    write: { model: RUN_FILES.model, metrics: RUN_FILES.metrics, scores: RUN_FILES.scores },
    output: { name: classes === null ? 'prediction' : 'scores', columns: classes?.length ?? 1 },
  };
}

/** The inputs of a model that a program writes: every feature of the spec, by name. */
export const inputsOf = ({ features }: ModelSpec): ModelInput[] =>
  Object.entries(features)
    .map(([name, { type }]) => ({ name, type }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** What a program wrote. */
export interface ProgramOutputs {
  readonly onnx: Uint8Array;
  readonly metrics: Readonly<Record<string, number>>;
  /** Its own scores of the validation rows, row-major; null where it wrote none. */
  readonly scores: Float64Array | null;
}

const metricsSchema = z.record(z.string().min(1).max(100), z.number());
const scoresSchema = z.array(z.union([z.number(), z.array(z.number())]));
const MOST_METRICS_BYTES = 64 * 1024;
const MOST_MODEL_BYTES = 2 ** 30;
const MOST_SCORES_BYTES = 256 * 2 ** 20;

/** Reads what a program wrote into its folder. Throws `program-output` for a file that is missing, too large or not what it should be. */
export async function readOutputs(folder: string, name: string): Promise<ProgramOutputs> {
  const at = (file: string, most: number) => readWhole({ folder, file, name, most });
  const onnx = await at(RUN_FILES.model, MOST_MODEL_BYTES);
  if (onnx === undefined || onnx.length === 0) {
    const value = onnx === undefined ? 'missing' : 'empty';
    throw wrongOutput(name, {
      thing: RUN_FILES.model,
      value,
      allowed: 'an ONNX file in the folder of the run',
      next: `It ended with exit code 0 and left ${onnx === undefined ? 'none' : 'nothing in it'}: mend the program.`,
    });
  }
  const metrics = await at(RUN_FILES.metrics, MOST_METRICS_BYTES);
  const scores = await at(RUN_FILES.scores, MOST_SCORES_BYTES);
  const numbers = 'a JSON object of finite numbers, such as {"epochs": 80}';
  return {
    onnx,
    metrics:
      metrics === undefined ? {} : parse(metrics, metricsSchema, { name, file: RUN_FILES.metrics, numbers }),
    scores:
      scores === undefined
        ? null
        : Float64Array.from(
            parse(scores, scoresSchema, {
              ...{ name, file: RUN_FILES.scores },
              numbers: 'a JSON list with one finite number per validation row, or one list of class scores',
            }).flat(),
          ),
  };
}

interface Wanted {
  readonly folder: string;
  readonly file: string;
  readonly name: string;
  readonly most: number;
}

async function readWhole({ folder, file, name, most }: Wanted): Promise<Uint8Array | undefined> {
  const path = join(folder, file);
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isFile())
    throw wrongOutput(name, { thing: file, value: 'no plain file', allowed: 'a plain file' });
  if (found.size <= most) return readFile(path);
  throw wrongOutput(name, { thing: file, value: `${found.size} bytes`, allowed: `at most ${most} bytes` });
}

function parse<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
  { name, file, numbers }: { readonly name: string; readonly file: string; readonly numbers: string },
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const value = `${issue?.path.join('.') || 'its content'}: ${issue?.message ?? ''}`;
  throw wrongOutput(name, { thing: file, value, allowed: numbers });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
