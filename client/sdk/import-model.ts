import { PerennialError } from '../../domain/errors.js';
import { instant } from '../../domain/references.js';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import type { ModelSpec, ModelSpecInput } from '../../domain/spec/spec.js';
import { createScorer } from '../../engines/inference/index.js';
import { inputsOf } from '../../engines/training/command/index.js';
import { putArtifact } from '../../storage/objects/artifacts.js';
import { RefusedError, unknownModel } from './errors.js';
import type { Perennial } from './perennial.js';
import type { Asker, RetrainOptions, RetrainResult } from './requests.js';

/** What is known of a model that somebody else trained, and who brings it. */
export interface ImportOptions extends Asker, Pick<RetrainOptions, 'asOf' | 'rollout' | 'wait'> {
  /** Event time up to which its training rows reach: whether it knows the holdout. Default: nobody knows. */
  readonly trainedTo?: string | undefined;
  /** Classes in the order of its scores. Default: numbers by value, else by text; binary: the positive class last. */
  readonly classes?: readonly string[] | undefined;
}

/**
 * Makes an ONNX file the next version of a model, in place of a training: its inputs are checked here against the spec, then it goes the way
 * of every candidate (contract, holdout, gates, rollout). Given a spec, it is applied first, so that the file is the first version
 * of a model that was not there.
 *
 * Failure semantics: the file is stored before the model is told; asked again, the file is a candidate again, and ends as
 * `same-as-champion` when it serves. Throws `import-refused` for a file that cannot be a version, and for a spec together with `asOf` or
 * `rollout: false`; `spec-invalid`, `unknown-model`, and a RefusedError when the spec is refused.
 */
export async function importModel(
  perennial: Perennial,
  target: string | ModelSpecInput | ModelSpec,
  onnx: Uint8Array,
  options: ImportOptions = {},
): Promise<RetrainResult> {
  const given = typeof target === 'string' ? undefined : parseSpec(target);
  if (given !== undefined) requireWhole(given, options);
  const spec = given ?? (await specOf(perennial, String(target)));
  await requireInterface(spec, onnx);
  const { trainedTo, classes, by, reason, asOf, rollout, wait } = options;
  const imported = {
    onnx: await putArtifact(perennial.store, onnx),
    ...(trainedTo !== undefined && { trainedTo: instant(trainedTo) }),
    ...(classes !== undefined && { classes: [...classes] }),
  };
  if (given !== undefined) {
    const answer = await perennial.apply(given, { by, reason, imported });
    if (answer.because !== undefined) throw new RefusedError(answer.outcome, answer.because);
    if (answer.retrain !== undefined) return reported(perennial, answer.retrain, wait);
  }
  return perennial.retrain(spec.model, { by, reason, asOf, rollout, wait, imported });
}

/** What a spec asks for by being applied has neither: they would be passed over. Throws `import-refused`. */
function requireWhole({ model }: ModelSpec, { asOf, rollout = true }: ImportOptions): void {
  if (asOf === undefined && rollout) return;
  throw new PerennialError({
    type: 'import-refused',
    thing: `import with a spec of ${model}`,
    value: asOf === undefined ? 'rollout: false (--no-rollout)' : 'asOf (--as-of)',
    allowed: "the model's now and a rollout, as for every spec that is applied",
    next: 'Leave it out, or name a model that is there (--model) in place of the spec.',
  });
}

async function reported(perennial: Perennial, answer: RetrainResult, wait = false): Promise<RetrainResult> {
  if (!wait || !('run' in answer)) return answer;
  return { ...answer, report: await perennial.retrainReport(answer.run) };
}

async function specOf(perennial: Perennial, model: string): Promise<ModelSpec> {
  const { specDigest } = await perennial.state(model);
  if (specDigest === null) throw unknownModel(model, []);
  return perennial.registry.getSpec(model, specDigest);
}

/** The inputs and the output that the spec asks for. Throws `import-refused`. */
async function requireInterface(spec: ModelSpec, onnx: Uint8Array): Promise<void> {
  const classes = spec.task.kind === 'regression' ? null : [];
  try {
    await (await createScorer({ onnx, inputs: inputsOf(spec), classes })).dispose();
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error;
    const next = 'docs/import.md says what the file must be like, and how to wrap one that is not.';
    throw new PerennialError({ ...error.refusal, type: 'import-refused', next }, { cause: error });
  }
}
