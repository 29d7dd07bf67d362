import { ATTRIBUTE, ELEMENT, encodeOnnx } from './onnx-schema.js';

/** Versions that the whole export is written for: read by ONNX Runtime 1.13 and newer. */
const OPSET = 17;
const IR_VERSION = 8;
/** Operators of classical machine learning. */
export const ML_DOMAIN = 'ai.onnx.ml';

/** Element type of a tensor. */
export type Element = keyof typeof ELEMENT;

/** Value of a node's attribute: whole numbers are written as ints unless wrapped in `floats`. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] | Float32Array }
  | { readonly texts: readonly string[] }
  | { readonly tensor: Constant };

/** A constant tensor. */
export interface Constant {
  readonly element: 'float' | 'double' | 'int64' | 'uint8';
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A node without its output, which the builder names. */
export interface NodeRequest {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
  /** Name of the output. @default a fresh one */
  readonly output?: string;
}

/** Builds an ONNX graph node by node. Fresh names contain `/`, which no feature's name may, so they cannot clash. */
export interface GraphBuilder {
  /** Declares an input [N, 1] and returns its name. */
  input(name: string, element: 'double' | 'string' | 'float'): string;
  /** Declares the tensor `name` an output [N, width]. */
  output(name: string, element: 'double' | 'float' | 'string', width: number): void;
  /** Adds a constant and returns its name. */
  constant(constant: Constant): string;
  /** Adds a node and returns the name of its output. */
  node(request: NodeRequest): string;
  /** The model's bytes: equal calls give equal bytes. */
  finish(options: FinishOptions): Uint8Array;
}

/** What is written beside the graph. */
export interface FinishOptions {
  /** Written sorted by key. Only what is reproducible: no time, place or run. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Version of {@link ML_DOMAIN}. @default 3 */
  readonly mlVersion?: number;
  /** Version of the default operators. @default 17 */
  readonly opset?: number;
}

/** Starts an empty graph. */
export function createGraph(): GraphBuilder {
  const nodes: unknown[] = [];
  const initializers: unknown[] = [];
  const inputs: unknown[] = [];
  const outputs: unknown[] = [];
  let fresh = 0;
  return {
    input(name, element) {
      inputs.push(valueInfo(name, element, 1));
      return name;
    },
    output(name, element, width) {
      outputs.push(valueInfo(name, element, width));
    },
    constant(constant) {
      const name = `constant/${initializers.length}`;
      initializers.push({ ...tensor(constant), name });
      return name;
    },
    node({ op, inputs: from, attributes = {}, domain = '', output }) {
      const name = output ?? `${op}/${fresh++}`;
      const attribute = Object.entries(attributes).map(([key, value]) => writeAttribute(key, value));
      nodes.push({
        opType: op,
        input: from,
        output: [name],
        name: `node/${nodes.length}`,
        attribute,
        domain,
      });
      return name;
    },
    finish({ metadata, mlVersion = 3, opset = OPSET }) {
      const keys = Object.keys(metadata).sort();
      return encodeOnnx({
        irVersion: IR_VERSION,
        producerName: 'perennial',
        graph: { name: 'perennial', node: nodes, initializer: initializers, input: inputs, output: outputs },
        opsetImport: [
          { domain: '', version: opset },
          { domain: ML_DOMAIN, version: mlVersion },
        ],
        metadataProps: keys.map((key) => ({ key, value: metadata[key] })),
      });
    },
  };
}

function valueInfo(name: string, element: Element, width: number): unknown {
  const shape = { dim: [{ dimParam: 'N' }, { dimValue: width }] };
  return { name, type: { tensorType: { elemType: ELEMENT[element], shape } } };
}

function tensor({ element, dims, values }: Constant): Record<string, unknown> {
  return { dims, dataType: ELEMENT[element], rawData: rawBytes(element, values) };
}

function rawBytes(element: Constant['element'], values: ArrayLike<number>): Uint8Array {
  if (element === 'uint8') return Uint8Array.from(values);
  const size = element === 'float' ? 4 : 8;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (element === 'float') view.setFloat32(i * size, value, true);
    else if (element === 'double') view.setFloat64(i * size, value, true);
    else view.setBigInt64(i * size, BigInt(value), true);
  }
  return bytes;
}

function writeAttribute(name: string, value: Attribute): unknown {
  if ('int' in value) return { name, i: value.int, type: ATTRIBUTE.int };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE.float };
  if ('text' in value) return { name, s: Buffer.from(value.text), type: ATTRIBUTE.string };
  if ('ints' in value) return { name, ints: value.ints, type: ATTRIBUTE.ints };
  if ('floats' in value) return { name, floats: Array.from(value.floats), type: ATTRIBUTE.floats };
  if ('tensor' in value) return { name, t: tensor(value.tensor), type: ATTRIBUTE.tensor };
  return { name, strings: value.texts.map((text) => Buffer.from(text)), type: ATTRIBUTE.strings };
}
