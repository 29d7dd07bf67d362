import type { Io } from './io.js';

/** An output that keeps what is written, for tests. */
export interface KeptIo extends Io {
  readonly written: string[];
  readonly noted: string[];
}

/** An output of 80 columns without colours and without a terminal. */
export function keptIo(overrides: Partial<Io> = {}): KeptIo {
  const written: string[] = [];
  const noted: string[] = [];
  return {
    written,
    noted,
    out: (text) => void written.push(text),
    note: (text) => void noted.push(text),
    tty: false,
    width: 80,
    colours: false,
    env: {},
    ...overrides,
  };
}
