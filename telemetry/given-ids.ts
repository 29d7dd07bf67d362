import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

/** Random ids, except for a span whose ids were made elsewhere. */
export interface GivenIds extends IdGenerator {
  /** Runs `start`, which starts one span, with these ids. `traceId` counts for a span without a parent. */
  during<T>(given: { readonly traceId: string; readonly spanId: string }, start: () => T): T;
}

/** A generator of ids. */
export function createIds(): GivenIds {
  const random = new RandomIdGenerator();
  let next: { readonly traceId: string; readonly spanId: string } | undefined;
  return {
    generateTraceId: () => next?.traceId ?? random.generateTraceId(),
    generateSpanId: () => next?.spanId ?? random.generateSpanId(),
    during: (given, start) => {
      next = given;
      try {
        return start();
      } finally {
        next = undefined;
      }
    },
  };
}
