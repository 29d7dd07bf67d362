import { formatMillis, millis } from '../domain/duration.js';
import type { RetrainRequest } from '../domain/messages.js';
import type { LifecycleState } from '../domain/lifecycle-state.js';
import { epoch } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';

/** What the lifecycle does with a request for a retrain. */
export type RetrainRuling =
  | { readonly kind: 'accept' }
  | { readonly kind: 'historical'; readonly because: string }
  | { readonly kind: 'refuse'; readonly because: string };

/** A request with its as-of settled. */
export type DatedRequest = RetrainRequest & { readonly asOf: string };

/** What a ruling looks at. */
export type RulingState = Pick<
  LifecycleState,
  'paused' | 'watermark' | 'newestSlot' | 'highWater' | 'retrains' | 'doubled'
>;

/** The model's now: the larger of watermark, newest monitor slot and high-water as-of; null before anything happened. */
export function modelNow(
  state: Pick<LifecycleState, 'watermark' | 'newestSlot' | 'highWater'>,
): string | null {
  const known = [state.watermark, state.newestSlot, state.highWater].filter(
    (at): at is string => at !== null,
  );
  return known.length === 0 ? null : known.reduce((a, b) => (epoch(a) >= epoch(b) ? a : b));
}

/**
 * May this request become a retrain? People (`on-demand`) are not held by cool-down or budget: they know what they ask, and the
 * ledger says that they asked. Everything counts in event time.
 */
export function mayRetrain(state: RulingState, spec: ModelSpec, request: DatedRequest): RetrainRuling {
  if (state.paused !== null)
    return refuse(`the model is paused by ${state.paused.by}: ${state.paused.reason || 'no reason given'}`);
  const now = modelNow(state);
  if (now !== null && epoch(request.asOf) > epoch(now) + millis(spec.serving.clockSkew)) {
    return refuse(`as-of ${request.asOf} is later than the model's now ${now} + ${spec.serving.clockSkew}`);
  }
  if (state.highWater !== null && epoch(request.asOf) < epoch(state.highWater) && request.rollout) {
    const because = `as-of ${request.asOf} is older than ${state.highWater}, up to which this model has already decided`;
    return request.trigger === 'on-demand'
      ? refuse(`${because}; ask with rollout: false to train, judge and register without a rollout`)
      : { kind: 'historical', because };
  }
  if (request.trigger === 'on-demand' || request.trigger === 'spec-change') return { kind: 'accept' };
  return mayRetrainAgain(state, spec, request);
}

function mayRetrainAgain(state: RulingState, spec: ModelSpec, request: DatedRequest): RetrainRuling {
  const at = epoch(request.asOf);
  const last = state.retrains.at(-1);
  const factor = state.doubled.includes(request.trigger) ? 2 : 1;
  const cooldown = millis(spec.retraining.cooldown) * factor;
  if (last !== undefined && at < epoch(last) + cooldown) {
    const doubled = factor === 2 ? ' (doubled: its last attempt gave no candidate)' : '';
    return refuse(
      `cooling down: last retrain looked from ${last}, cool-down ${formatMillis(cooldown)}${doubled}`,
    );
  }
  const { retrains, per } = spec.retraining.budget;
  const within = state.retrains.filter((retrain) => epoch(retrain) > at - millis(per)).length;
  if (within >= retrains)
    return refuse(`budget spent: ${within} retrains within ${per}, allowed ${retrains}`);
  return { kind: 'accept' };
}

const refuse = (because: string): RetrainRuling => ({ kind: 'refuse', because });
