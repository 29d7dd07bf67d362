import type { FastifyInstance } from 'fastify';
import type { Role } from '../domain/predictions.js';
import type { InferAnswer } from './infer/answer.js';
import type { Receipt } from './infer/log-rows.js';

/** What serving tells of its requests where traces are on. Where they are off there is none, and nothing is called. */
export interface RequestTraces {
  /** Traces every request but those of health and metrics. */
  watch(app: FastifyInstance): void;
  /** The request under way was answered. */
  answered(answer: InferAnswer): void;
  /** The request under way was handed to a shadow. */
  offered(receipt: Receipt): void;
  /** A shadow scored it, however much later. */
  shadowScored(
    shadow: { readonly model: string; readonly version: number; readonly role: Role },
    receipt: Receipt,
  ): void;
}
