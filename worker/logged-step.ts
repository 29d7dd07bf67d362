import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityOutboundCallsInterceptor } from '@temporalio/worker';
import type { Logger } from 'pino';
import { logFields } from './sdk-log.js';

/** One line of the log for each heavy step that is done. Those that fail, Temporal's SDK tells. */
export const loggedStep =
  (log: Logger, traceFields: () => object = () => ({})) =>
  ({ info }: Context): ActivityInboundCallsInterceptor => ({
    execute: async (input, next) => {
      const { workflowExecution, workflowType, activityType, attempt } = info;
      const about = logFields({ ...workflowExecution, workflowType, activityType, attempt });
      const began = performance.now();
      const answer = await next(input);
      const durationMs = Math.round(performance.now() - began);
      log.info({ ...about, durationMs, ...traceFields() }, 'step done');
      return answer;
    },
  });

/** Adds where in a trace a step runs to what Temporal's SDK logs of it. */
export const tracedLog = (traceFields: () => object): ActivityOutboundCallsInterceptor => ({
  getLogAttributes: (input, next) => next({ ...input, ...traceFields() }),
});
