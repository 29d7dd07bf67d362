import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Traced } from './traces.js';

/**
 * Says once when spans can no longer be sent, and once when they can again. Why, by the code of the error or the first of its words: not
 * what the collector answered, nor the address.
 */
export function tellingExporter(exporter: SpanExporter, log: Traced['log']): SpanExporter {
  let away = false;
  const told = (ok: boolean, error: Error | undefined): void => {
    if (ok && away) log?.info('traces are sent again');
    if (!ok && !away)
      log?.warn(
        { reason: reasonOf(error) },
        'traces cannot be sent; spans are dropped, nothing else changes',
      );
    away = !ok;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        told(result.code === ExportResultCode.SUCCESS, result.error);
        // Told here: the SDK would tell it at every try.
        done({ code: ExportResultCode.SUCCESS });
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}

function reasonOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  return String(code ?? error?.message ?? 'unknown').slice(0, 100);
}
