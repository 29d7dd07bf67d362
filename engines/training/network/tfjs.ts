import * as tf from '@tensorflow/tfjs-core';
import { BackendWasm, version_wasm } from '@tensorflow/tfjs-backend-wasm';

/** A row-major float32 matrix in ordinary memory. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** A matrix in the backend's memory: shape [1, rows, columns]. */
export type Tensor = tf.TensorInfo;

/** The matrix products of training, on tfjs's wasm backend. */
export interface MatrixEngine {
  /** Name and version, e.g. `tfjs-wasm-simd/4.22.0`. */
  readonly name: string;
  /** Runs `work`, then frees every tensor that it made. Scopes do not nest. */
  scope<T>(work: () => T): T;
  /** Puts a matrix into the backend's memory. */
  put(matrix: Matrix): Tensor;
  /** a · b. */
  product(a: Tensor, b: Tensor): Tensor;
  /** a · b + bias, then ReLU when asked: one kernel. */
  dense(a: Tensor, b: Tensor, bias: Float32Array, relu: boolean): Tensor;
  /** The tensor's numbers, without a copy: valid until the next tensor is made or the scope ends. */
  view(tensor: Tensor): Float32Array;
}

let started: Promise<MatrixEngine> | undefined;

/** Starts tfjs's wasm backend, once per thread. */
export function matrixEngine(): Promise<MatrixEngine> {
  started ??= start();
  return started;
}

async function start(): Promise<MatrixEngine> {
  await tf.setBackend('wasm');
  await tf.ready();
  const backend = tf.backend();
  if (!(backend instanceof BackendWasm)) throw new TypeError('the tfjs backend is not wasm');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return kernelEngine(backend, `tfjs-wasm${simd === true ? '-simd' : ''}/${version_wasm}`);
}

/**
 * Calls tfjs's kernel itself instead of the operation around it: a step of a small network is twenty operations of a few microseconds, and the
 * bookkeeping around each (gradient tape, tensor objects, scopes) takes longer than the arithmetic. Only `_FusedMatMul` of untransposed
 * matrices is used: the one kernel that runs on XNNPACK. It packs the right-hand matrix once per tensor, so a changed matrix must be put anew.
 */
function kernelEngine(backend: BackendWasm, name: string): MatrixEngine {
  const kernel = tf.getKernel(tf._FusedMatMul, 'wasm');
  const made: tf.DataId[] = [];
  const put = (values: Float32Array, shape: number[]): Tensor => {
    const dataId = backend.write(values, shape, 'float32');
    made.push(dataId);
    return { dataId, shape, dtype: 'float32' };
  };
  const multiply = (inputs: tf.NamedTensorInfoMap, activation: 'linear' | 'relu'): Tensor => {
    const attrs = { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0 };
    const result = kernel.kernelFunc({ inputs, backend, attrs });
    const tensor = Array.isArray(result) ? result[0] : result;
    if (tensor === undefined) throw new TypeError('the matrix kernel gave no result');
    made.push(tensor.dataId);
    return tensor;
  };
  return {
    name,
    scope: (work) => {
      try {
        return work();
      } finally {
        for (const dataId of made) backend.disposeData(dataId);
        made.length = 0;
      }
    },
    put: ({ values, rows, columns }) => put(values, [1, rows, columns]),
    product: (a, b) => multiply({ a, b }, 'linear'),
    dense: (a, b, bias, relu) => multiply({ a, b, bias: put(bias, [bias.length]) }, relu ? 'relu' : 'linear'),
    view: (tensor) => heapView(backend, tensor),
  };
}

function heapView(backend: BackendWasm, tensor: Tensor): Float32Array {
  const view = backend.typedArrayFromHeap(tensor);
  if (!(view instanceof Float32Array)) throw new TypeError(`tensor is ${tensor.dtype}; expected float32`);
  return view;
}
