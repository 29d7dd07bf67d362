/** Relative difference that float32 arithmetic in another order may make. */
export const PARITY_TOLERANCE = 1e-5;
