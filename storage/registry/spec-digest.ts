import { canonicalJson } from '../../domain/canonical.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { sha256 } from '../objects/digest.js';

/** Names a parsed spec: the SHA-256 of its canonical JSON. The order in which a team wrote its members does not matter. */
export function specDigest(spec: ModelSpec): string {
  return sha256(canonicalJson(spec));
}
