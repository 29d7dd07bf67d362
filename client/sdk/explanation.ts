import { PerennialError } from '../../domain/errors.js';
import { explanationSchema, type Explanation } from '../../domain/explanation.js';
import { getJsonArtifact } from '../../storage/objects/artifacts.js';
import type { Perennial } from './perennial.js';

/** Which inputs move a version's scores. Throws `no-explanation` where its trainer cannot tell exactly. Needs no server. */
export async function explainVersion(
  perennial: Perennial,
  model: string,
  version: number,
): Promise<Explanation> {
  const { manifest } = await perennial.manifest(model, version);
  if (manifest.explanation === undefined) throw noExplanation(version, manifest.trainer.kind);
  return getJsonArtifact(perennial.store, manifest.explanation, explanationSchema);
}

function noExplanation(version: number, kind: string): PerennialError {
  return new PerennialError({
    type: 'no-explanation',
    thing: `version ${version}`,
    value: `trainer ${kind}`,
    allowed: 'a version of boosted trees',
    next: 'Train with "trainer": { "kind": "trees" } to have explanations.',
  });
}
