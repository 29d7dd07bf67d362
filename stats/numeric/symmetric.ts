/** Eigenvalues (descending) and eigenvectors (columns, in the same order) of a symmetric matrix. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row-major size × size; column k belongs to `values[k]`. */
  readonly vectors: Float64Array;
}

/** Eigendecomposition of a symmetric row-major matrix by cyclic Jacobi rotations; exact to rounding, for up to some hundred rows. */
export function eigenOfSymmetric(matrix: ArrayLike<number>, size: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < 60 && offDiagonal(a, size) > 0; sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, [p, q]);
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => (a[j * size + j] ?? 0) - (a[i * size + i] ?? 0),
  );
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    for (let row = 0; row < size; row++) vectors[row * size + to] = v[row * size + from] ?? 0;
  });
  return { values: Float64Array.from(order, (i) => a[i * size + i] ?? 0), vectors };
}

function offDiagonal(a: Float64Array, size: number): number {
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < size; i++) {
    scale = Math.max(scale, Math.abs(a[i * size + i] ?? 0));
    for (let j = i + 1; j < size; j++) largest = Math.max(largest, Math.abs(a[i * size + j] ?? 0));
  }
  return largest > scale * 1e-18 ? largest : 0;
}

/** One rotation that makes a[p][q] zero. */
function rotate(a: Float64Array, v: Float64Array, size: number, [p, q]: readonly [number, number]): void {
  const apq = a[p * size + q] ?? 0;
  if (apq === 0) return;
  const theta = ((a[q * size + q] ?? 0) - (a[p * size + p] ?? 0)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const kp = a[k * size + p] ?? 0;
    const kq = a[k * size + q] ?? 0;
    a[k * size + p] = c * kp - s * kq;
    a[k * size + q] = s * kp + c * kq;
  }
  for (let k = 0; k < size; k++) {
    const pk = a[p * size + k] ?? 0;
    const qk = a[q * size + k] ?? 0;
    a[p * size + k] = c * pk - s * qk;
    a[q * size + k] = s * pk + c * qk;
    const vp = v[k * size + p] ?? 0;
    const vq = v[k * size + q] ?? 0;
    v[k * size + p] = c * vp - s * vq;
    v[k * size + q] = s * vp + c * vq;
  }
  a[p * size + q] = 0;
  a[q * size + p] = 0;
}
