import { evaluateHoldout } from '../../activities/evaluate-holdout.js';
import type { Evaluation } from '../../domain/verdict.js';
import { epoch } from '../../domain/references.js';
import { planWindow } from '../../engines/features/plan-window.js';
import type { Table } from '../../engines/features/table.js';
import type { FittedModel } from '../../engines/training/fitted-model.js';
import { predictModel, trainModel } from '../../engines/training/train.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { judgeGates, type GateDecision } from '../../policy/gates.js';
import { between } from '../false-triggers/permute.js';
import { forecasts, naiveOf } from '../false-triggers/skill.js';

/** A trained version with what a retrain freezes of it. */
export interface Version {
  readonly model: FittedModel;
  readonly evaluation: Evaluation;
  readonly gates: GateDecision;
  /** Where its training rows end. */
  readonly trainedTo: string;
}

/** What a version is trained from. */
export interface CandidateRequest {
  readonly spec: ModelSpec;
  /** What is delivered at this time. */
  readonly table: Table;
  readonly asOf: string;
  readonly champion: Version | null;
}

/** Numbers of a machine: no policy that is compared here depends on them. */
const ANY_MACHINE = { latencyP99Ms: 0, onnxBytes: 0, parity: { maxDifference: 0, tolerance: 0, flips: 0 } };

/** Trains and judges one candidate as a retrain does: window, warm start, holdout, gates. */
export async function makeCandidate({ spec, table, asOf, champion }: CandidateRequest): Promise<Version> {
  const plan = planWindow({ spec, asOf });
  const block = ({ from, to }: { from: string; to: string }): Table => between(table, epoch(from), epoch(to));
  const warm = champion === null ? {} : { warmStart: champion.model };
  const model = await trainModel({
    spec,
    train: block(plan.train),
    validation: block(plan.validation),
    ...warm,
  });
  const holdout = block(plan.holdout);
  const said = async (from: FittedModel) => ({
    predictions: [...(await predictModel(from, holdout))],
    scores: null,
  });
  const evaluation = evaluateHoldout({
    spec,
    holdout,
    ...plan.holdout,
    classes: null,
    candidate: await said(model),
    champion: champion === null ? null : { said: await said(champion.model), trainedTo: champion.trainedTo },
    naive: forecasts(naiveOf(spec, table), holdout),
  });
  const gates = judgeGates({ spec, evaluation, machine: ANY_MACHINE, hasChampion: champion !== null });
  return { model, evaluation, gates, trainedTo: plan.train.to };
}
