import { z } from 'zod';
import { clip } from '../../../domain/bounds.js';

/** What a program says of how far it is. */
export interface ProgramProgress {
  readonly epoch?: number | undefined;
  readonly epochs?: number | undefined;
  readonly loss?: number | undefined;
  readonly validationLoss?: number | undefined;
  /** What it said in words, 200 characters at most. */
  readonly message?: string | undefined;
}

const MOST_MESSAGE = 200;
const progressSchema = z.object({
  epoch: z.number().optional(),
  epochs: z.number().optional(),
  loss: z.number().optional(),
  validationLoss: z.number().optional(),
  message: z
    .string()
    .transform((text) => clip(text, MOST_MESSAGE))
    .optional(),
});

/** Reads a line of standard output: a JSON object with known keys, or words. */
export function progressOf(line: string): ProgramProgress {
  const parsed = line.startsWith('{') ? progressSchema.safeParse(parseJson(line)) : undefined;
  if (parsed?.success === true && Object.keys(parsed.data).length > 0) return parsed.data;
  return { message: clip(line, MOST_MESSAGE) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
