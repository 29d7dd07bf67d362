import { z } from 'zod';

/** A seed: a whole number of 32 bits. */
export const seedSchema = z.number().int().min(0).max(4_294_967_295).default(0);
