import { AsyncLocalStorage } from '@temporalio/workflow';
import type { TraceContext } from '../domain/trace.js';

const storage = new AsyncLocalStorage<TraceContext | undefined>();

/** The trace that what runs now belongs to; undefined where nobody traces. Never decide by it: it may be another one at a replay. */
export const currentTrace = (): TraceContext | undefined => storage.getStore();

/** Runs `work` as part of a trace, or of none. Adds no promise, so that what happens, and in which order, is the same with and without. */
export const inTrace = <T>(trace: TraceContext | undefined, work: () => T): T => storage.run(trace, work);
