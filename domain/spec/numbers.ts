import { z } from 'zod';

/** A share written as `5%` or as a number of 0..1; stored as a number. */
export const shareSchema = z
  .union([
    z.number().min(0).max(10),
    z
      .string()
      .regex(/^\d+(\.\d+)?%$/, { message: "a percentage such as '5%', or a number such as 0.05" })
      .transform((text) => Number(text.slice(0, -1)) / 100)
      .pipe(z.number().max(10)),
  ])
  .meta({ title: 'share' });

/** A whole number from 1. */
export const count = z.number().int().min(1);

/** Between 0 and 1, both excluded. */
export const probability = z.number().gt(0).lt(1);
