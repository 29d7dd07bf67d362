/** What one heavy step may use of this machine; the worker's configuration says. Results do not depend on it. */
export interface ThreadLimits {
  /** Heap of each thread that trains, scores or measures; more than that ends as `out-of-memory`. @format mebibytes @default Node's own limit */
  readonly memoryMb?: number | undefined;
  /** Threads of one training, where the trainer can use more than one. @default as many as pay, 8 at most */
  readonly training?: number | undefined;
  /** Threads of one call to ONNX Runtime. @default 1 */
  readonly scoring?: number | undefined;
}
