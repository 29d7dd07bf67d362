import { join } from 'node:path';
import type { Instant } from '../../domain/references.js';
import type { ContractReport, SourceManifest, WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { compareLoggedWithSource, type SkewReport, type SkewRequest } from './compare-logged.js';
import { checkContract, type ContractRequest } from './contract.js';
import { countRows, type CountRowsRequest } from './count-rows.js';
import type { BucketReader } from './bucket-files.js';
import type { EngineConfig } from './engine-config.js';
import type { FeedbackReader } from './feedback-reader.js';
import { freezeSource, type FreezeRequest } from './freeze-source.js';
import { joinOutcomes, type JudgedTable, type OutcomeRequest } from './join-outcomes.js';
import { loadBlocks } from './load-blocks.js';
import { loggedInputs, type LoggedInputsRequest } from './logged-inputs.js';
import {
  loggedPredictions,
  type LoggedPredictions,
  type LoggedPredictionsRequest,
} from './logged-predictions.js';
import { naiveForecast, type NaiveRequest } from './naive-forecast.js';
import type { NaiveValue } from './naive.js';
import { newestEvent, type NewestEventRequest } from './newest-event.js';
import { planWindow } from './plan-window.js';
import { pointInTimeGate, type PointInTimeReport, type PointInTimeRequest } from './point-in-time.js';
import { shadowPairs, type ShadowPairs, type ShadowPairsRequest } from './shadow-pairs.js';
import type { BlockName, Table } from './table.js';
import { takeSnapshot, type SnapshotResult } from './take-snapshot.js';
import { unmatchedLabels } from './unmatched-labels.js';
import { writeBlocks, type WriteBlocksRequest } from './write-blocks.js';

/** Where data is and what one call may use of this machine. */
export interface FeatureEngineOptions {
  /** Folders and `s3://bucket/prefix` addresses that specs may name files in. Nothing outside is read. */
  readonly dataRoots: readonly string[];
  /** Folder of our own for copies of source files (by digest) and spilled results. May be deleted between runs. */
  readonly stagingDir: string;
  /** Threads of a scan (default 2). Results do not depend on it. */
  readonly threads?: number;
  /** Memory of one call before it spills to disk, as DuckDB writes it (default `2GB`). */
  readonly memoryLimit?: string;
  /** Folder of what does not fit into memory (default: in `stagingDir`). */
  readonly spillFolder?: string | undefined;
  /** Most that one call may spill, as DuckDB writes it (default: nine tenths of the free disk). */
  readonly spillLimit?: string | undefined;
  /** How files in buckets are read. Needed when a data root is a bucket. */
  readonly buckets?: BucketReader | undefined;
  /** How feedback is read. Needed where labels come by feedback. */
  readonly feedback?: FeedbackReader | undefined;
}

/** Rows in, tables out. Every call opens its own database and closes it; there is no state between calls but staged files. */
export interface FeatureEngine {
  freezeSource(request: FreezeRequest): Promise<SourceManifest>;
  planWindow(request: { readonly spec: ModelSpec; readonly asOf: Instant }): WindowPlan;
  checkContract(request: ContractRequest): Promise<ContractReport>;
  takeSnapshot(request: {
    spec: ModelSpec;
    source: SourceManifest;
    plan: WindowPlan;
    out: string;
  }): Promise<SnapshotResult>;
  loadBlocks(request: {
    readonly spec: ModelSpec;
    readonly snapshotPath: string;
  }): Promise<Record<BlockName, Table>>;
  /** Writes blocks of a snapshot as files of their own, for programs that train. */
  writeBlocks(request: WriteBlocksRequest): Promise<void>;
  pointInTimeGate(request: PointInTimeRequest): Promise<PointInTimeReport>;
  /** Says that no label file has come, and which folder is not there; undefined where labels come otherwise, or some have. */
  unmatchedLabels(request: { spec: ModelSpec; source: SourceManifest }): Promise<string | undefined>;
  newestEvent(request: NewestEventRequest): Promise<Instant | null>;
  /** Rows of a source in a span of event time. */
  countRows(request: CountRowsRequest): Promise<number>;
  naiveForecast(request: NaiveRequest): Promise<NaiveValue[]>;
  joinOutcomes(request: OutcomeRequest): Promise<JudgedTable>;
  loggedInputs(request: LoggedInputsRequest): Promise<Table>;
  /** What champions said in a span of event time, labelled or not; null without log files. */
  loggedPredictions(request: LoggedPredictionsRequest): Promise<LoggedPredictions | null>;
  shadowPairs(request: ShadowPairsRequest): Promise<ShadowPairs>;
  compareLoggedWithSource(request: SkewRequest): Promise<SkewReport>;
  /** The same engine, whose queries are interrupted when `signal` aborts; a call then rejects with the signal's reason. */
  until(signal: AbortSignal): FeatureEngine;
}

/** The DuckDB feature engine. Creating it touches nothing. */
export function createFeatureEngine(options: FeatureEngineOptions): FeatureEngine {
  const config: EngineConfig = {
    dataRoots: options.dataRoots,
    stagingDir: options.stagingDir,
    buckets: options.buckets,
    feedback: options.feedback,
    limits: {
      threads: options.threads ?? 2,
      memoryLimit: options.memoryLimit ?? '2GB',
      tempDirectory: options.spillFolder ?? join(options.stagingDir, 'spill'),
      spillLimit: options.spillLimit,
    },
  };
  return engineOf(config);
}

function engineOf(config: EngineConfig): FeatureEngine {
  return {
    until: (signal) => engineOf({ ...config, limits: { ...config.limits, signal } }),
    freezeSource: (request) => freezeSource(config, request),
    planWindow,
    checkContract: (request) => checkContract(config, request),
    takeSnapshot: (request) => takeSnapshot(config, request),
    loadBlocks: (request) => loadBlocks(config, request),
    writeBlocks: (request) => writeBlocks(config, request),
    pointInTimeGate: (request) => pointInTimeGate(config, request),
    unmatchedLabels: (request) => unmatchedLabels(config, request),
    newestEvent: (request) => newestEvent(config, request),
    countRows: (request) => countRows(config, request),
    naiveForecast: (request) => naiveForecast(config, request),
    joinOutcomes: (request) => joinOutcomes(config, request),
    loggedInputs: (request) => loggedInputs(config, request),
    loggedPredictions: (request) => loggedPredictions(config, request),
    shadowPairs: (request) => shadowPairs(config, request),
    compareLoggedWithSource: (request) => compareLoggedWithSource(config, request),
  };
}
