import * as tf from '@tensorflow/tfjs-core';
import { BackendWasm, version_wasm } from '@tensorflow/tfjs-backend-wasm';

/** A row-major float32 matrix in ordinary memory. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** The matrix products of training, on tfjs's wasm backend. */
export interface MatrixEngine {
  /** Name and version, e.g. `tfjs-wasm-simd/4.22.0`. */
  readonly name: string;
  /** Runs `work`, then frees every tensor that it made. */
  scope<T>(work: () => T): T;
  /** Puts a matrix into the backend's memory. */
  put(matrix: Matrix): tf.Tensor;
  /** a · b. */
  product(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  /** a · b + bias, then ReLU when asked: one kernel. */
  dense(a: tf.Tensor, b: tf.Tensor, bias: Float32Array, relu: boolean): tf.Tensor;
  /** The tensor's numbers, without a copy: valid until the next tensor is made or the scope ends. */
  view(tensor: tf.Tensor): Float32Array;
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
  return {
    name: `tfjs-wasm${simd === true ? '-simd' : ''}/${version_wasm}`,
    scope: (work) => {
      const engine = tf.engine();
      engine.startScope();
      try {
        return work();
      } finally {
        engine.endScope();
      }
    },
    put: ({ values, rows, columns }) => tf.tensor2d(values, [rows, columns]),
    product: (a, b) => tf.matMul(a, b),
    dense: (a, b, bias, relu) =>
      tf.fused.matMul({ a, b, bias: tf.tensor1d(bias), activation: relu ? 'relu' : 'linear' }),
    view: (tensor) => heapView(backend, tensor),
  };
}

function heapView(backend: BackendWasm, tensor: tf.Tensor): Float32Array {
  const view = backend.typedArrayFromHeap(tensor);
  if (!(view instanceof Float32Array)) throw new TypeError(`tensor is ${tensor.dtype}; expected float32`);
  return view;
}
