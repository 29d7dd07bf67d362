import { InferenceSession, Tensor } from 'onnxruntime-node';
import { PerennialError } from '../../domain/errors.js';
import type { ModelInput } from '../../domain/manifest.js';
import { type Columns, type InputRow, sliceColumns, toColumns } from './columns.js';

/** What a model's scorer is made of. */
export interface ScorerSource {
  readonly onnx: Uint8Array;
  readonly inputs: readonly ModelInput[];
  /** Classes in the order of the score columns; null for regression. */
  readonly classes: readonly string[] | null;
  /** Threads inside one call. More help from 8,000 rows on, and cost below 256. @default 1 */
  readonly threads?: number | undefined;
  /** Rows that are scored in one call. @default 8192 */
  readonly chunkRows?: number | undefined;
}

/** What scoring gives, one prediction per row. */
export interface Scored {
  /** Regression: values. Classification: names of the likeliest classes (the first of equals). */
  readonly predictions: readonly (number | string)[];
  /** Row-major [rows, classes]; null for regression. */
  readonly scores: Float64Array | null;
}

/** Scores raw inputs with one model. */
export interface Scorer {
  readonly inputs: readonly ModelInput[];
  readonly classes: readonly string[] | null;
  /** A row's score does not depend on the rows beside it. Throws a PerennialError `missing-column` or `input-type`. */
  score(rows: Columns | readonly InputRow[]): Promise<Scored>;
  /** Frees the model. It can score no more. */
  dispose(): Promise<void>;
}

/** Rows per call: more spill out of the processor's cache. */
const CHUNK_ROWS = 8192;

/**
 * Loads a model into this thread. ONNX Runtime's calls block the thread that makes them: use it inside a worker thread, or for a few
 * rows at a time. Throws a PerennialError `model-unreadable` for bytes that are no ONNX model, and `model-mismatch` when its
 * inputs or outputs are not the given ones.
 */
export async function createScorer(source: ScorerSource): Promise<Scorer> {
  const { inputs, classes, chunkRows = CHUNK_ROWS } = source;
  const session = await openSession(source);
  checkInterface(session, source);
  const output = outputOf(classes);
  const elements = elementTypes(session);
  return {
    inputs,
    classes,
    async score(rows) {
      const columns = 'numbers' in rows ? rows : toColumns(inputs, rows);
      const width = classes?.length ?? 1;
      const values = new Float64Array(columns.rows * width);
      for (let start = 0; start < columns.rows; start += chunkRows) {
        const chunk = sliceColumns(columns, start, start + chunkRows);
        const result = await session.run(feeds(inputs, chunk, elements), [output]);
        values.set(numbersOf(result[output], { output, rows: chunk.rows, width }), start * width);
      }
      return classes === null
        ? { predictions: Array.from(values), scores: null }
        : { predictions: likeliest(values, classes), scores: values };
    },
    dispose: () => session.release(),
  };
}

async function openSession({ onnx, threads = 1 }: ScorerSource): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(onnx, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
    });
  } catch (error) {
    throw new PerennialError(
      {
        type: 'model-unreadable',
        thing: 'ONNX model',
        value: `${onnx.length} bytes`,
        allowed: 'a whole ONNX file that ONNX Runtime can run',
        next: `Restore the artifact or train the version again (${error instanceof Error ? error.message : String(error)}).`,
      },
      { cause: error },
    );
  }
}

function checkInterface(session: InferenceSession, { inputs, classes }: ScorerSource): void {
  const types = { number: ['float64', 'float32'], category: ['string'] };
  const elements = elementTypes(session);
  const fits = inputs.every(({ name, type }) => types[type].includes(elements[name] ?? ''));
  const output = outputOf(classes);
  if (fits && Object.keys(elements).length === inputs.length && session.outputNames.includes(output)) return;
  const wanted = inputs.map(({ name, type }) => `${name}: ${types[type].join(' or ')}`).sort();
  const found = Object.entries(elements)
    .map(([name, type]) => `${name}: ${type}`)
    .sort();
  throw new PerennialError({
    type: 'model-mismatch',
    thing: 'interface of the ONNX model',
    value: `${found.join(', ')} -> ${session.outputNames.join(', ')}`,
    allowed: `${wanted.join(', ')} -> ${output}`,
    next: 'Check that the manifest and the model belong to the same version.',
  });
}

/** The output that holds what a model says; others are not read. */
const outputOf = (classes: ScorerSource['classes']): string => (classes === null ? 'prediction' : 'scores');

/** Element type of each input by its name. */
const elementTypes = ({ inputMetadata }: InferenceSession): Readonly<Record<string, string>> =>
  Object.fromEntries(inputMetadata.map((input) => [input.name, input.isTensor ? input.type : 'no tensor']));

function feeds(
  inputs: readonly ModelInput[],
  columns: Columns,
  elements: Readonly<Record<string, string>>,
): Record<string, Tensor> {
  const shape = [columns.rows, 1];
  const tensors: Record<string, Tensor> = {};
  for (const { name, type } of inputs) {
    const numbers = columns.numbers[name];
    const texts = columns.categories[name];
    if (type === 'number' && numbers !== undefined)
      tensors[name] = numberTensor(numbers, shape, elements[name]);
    else if (type === 'category' && texts !== undefined) {
      const filled = texts.map((text) => text ?? '');
      tensors[name] = new Tensor('string', filled, shape);
    } else throw missingColumn(name, columns);
  }
  return tensors;
}

/** A model of another's making may take single precision. */
const numberTensor = (
  numbers: Float64Array,
  shape: readonly number[],
  element: string | undefined,
): Tensor =>
  element === 'float32'
    ? new Tensor('float32', Float32Array.from(numbers), shape)
    : new Tensor('float64', numbers, shape);

function numbersOf(
  tensor: Tensor | undefined,
  { output, rows, width }: { readonly output: string; readonly rows: number; readonly width: number },
): Float64Array | Float32Array {
  const data = tensor?.data;
  const floats = data instanceof Float64Array || data instanceof Float32Array;
  if (floats && data.length === rows * width) return data;
  throw new PerennialError({
    type: 'model-mismatch',
    thing: `output '${output}' of the ONNX model`,
    value: `${tensor?.type ?? 'absent'} of shape [${tensor?.dims.join(', ') ?? ''}]`,
    allowed: `float32 or float64 of shape [${rows}, ${width}] for ${rows} rows`,
    next: 'Check that the manifest and the model belong to the same version.',
  });
}

function likeliest(values: Float64Array, classes: readonly string[]): string[] {
  const width = classes.length;
  return Array.from({ length: values.length / width }, (_, row) => {
    const start = row * width;
    let best = 0;
    for (let j = 1; j < width; j++) if ((values[start + j] ?? 0) > (values[start + best] ?? 0)) best = j;
    return classes[best] ?? '';
  });
}

function missingColumn(name: string, columns: Columns): PerennialError {
  const found = [...Object.keys(columns.numbers), ...Object.keys(columns.categories)];
  return new PerennialError({
    type: 'missing-column',
    thing: `input '${name}'`,
    value: 'absent',
    allowed: `every input of the model among ${found.join(', ')}`,
    next: 'Add the column, with nulls where a value is missing.',
  });
}
