import type { ContractReport, SourceManifest, Violation, WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, inSpan, visibleUntil } from './candidates.js';
import { columnChecks, columnWarnings } from './contract-columns.js';
import { featureChecks } from './contract-features.js';
import { labelFileChecks } from './contract-labels.js';
import { labelChecks, rowChecks, timeChecks } from './contract-rows.js';
import type { ContractScope } from './contract-scope.js';
import type { EngineConfig } from './engine-config.js';
import { withCandidates } from './prepare.js';
import { requireDistinctNames } from './snapshot-layout.js';
import { unmatchedLabels } from './unmatched-labels.js';

/** What the contract is checked on. */
export interface ContractRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly plan: WindowPlan;
  /** Freshness is checked from the second version on. */
  readonly firstVersion: boolean;
}

/**
 * Checks everything that the spec promises of the data, on the visible rows of the window, and reports all that is broken at
 * once: columns (missing, twice, wrong type), event times, keys, labels, ranges, missing shares, categories, rows and freshness.
 * Numbers only: no text of a row gets into the report. Where the event time cannot be used, values are checked in all rows.
 */
export async function checkContract(config: EngineConfig, request: ContractRequest): Promise<ContractReport> {
  const { spec, source, plan } = request;
  requireDistinctNames(spec);
  return withCandidates(config, { spec, source, asOf: plan.asOf }, async (duck, candidates, open) => {
    const span = { from: plan.train.from, to: plan.holdout.to };
    const where = candidates.timed ? inSpan(span, visibleUntil(spec, plan.asOf)) : 'true';
    const counted = await duck.row(`SELECT count(*) AS n FROM ${CANDIDATES} WHERE ${where}`);
    const scope: ContractScope = { duck, spec, plan, candidates, where, rows: Number(counted['n']) };
    const violations: Violation[] = await columnChecks(scope, open);
    const times = await timeChecks(scope);
    violations.push(...times.violations);
    violations.push(...(await labelChecks(scope)));
    const own = await labelFileChecks(scope, open, await unmatchedLabels(config, { spec, source }));
    violations.push(...own.violations);
    const features = await featureChecks(scope);
    violations.push(...features.violations);
    violations.push(...(await rowChecks(scope, { ...times, checkFresh: !request.firstVersion })));
    const warnings = [
      ...columnWarnings(scope, open),
      ...own.warnings,
      ...times.warnings,
      ...features.warnings,
    ];
    const labels = own.labels === undefined ? {} : { labels: own.labels };
    return { violations, warnings, rows: scope.rows, ...labels };
  });
}
