import type { PluginRef } from '../domain/plugins.js';
import type { ArtifactRef, VersionRef } from '../domain/references.js';
import type { TriggerVerdict } from '../domain/reports.js';
import type { Comparison } from '../domain/verdict.js';

/** Pairs of champion and challenger in the prediction log. */
export interface ShadowSeen {
  readonly pairs: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly hours: number;
  readonly days: number;
}

/** Why a wait on data ended, with what was seen. */
export interface ShadowEnded {
  readonly because: string;
  readonly watermark: string;
  readonly seen: ShadowSeen;
}

/** How a bake ended, with what was seen. */
export interface BakeEnded {
  readonly kind: 'pass' | 'roll-back' | 'pass-unproven';
  readonly because: string;
  readonly watermark: string;
  readonly rows: number;
  readonly comparison: Comparison | null;
  /** The code of the metric that compared; only where it is a plug-in's. */
  readonly measuredBy?: PluginRef;
}

/** Skill of the champion on matured rows. */
export interface SkillMeasured {
  readonly rows: number;
  readonly ratio: number | null;
  /** Lower bound of `ratio` that allows for the noise of both `ratio` and `baseline`. */
  readonly lower: number | null;
  readonly baseline: number | null;
  /** Why there is no ratio, where that is known. */
  readonly absent?: string;
  /** The task's metric of the champion on these rows; null with too few of them. Absent in checks from before it was kept. */
  readonly error?: number | null;
  /** Event time of the newest of these rows. */
  readonly newestLabel?: string | null;
  /** Rows beside these whose label is a class that the champion does not know: they cannot be judged. */
  readonly unknownClass?: number;
  /** The code of the metric; only where it is a plug-in's. */
  readonly measuredBy?: PluginRef;
}

/** Estimates whose labels have come since. */
export interface Reconciled {
  /** The version that served most of these rows. */
  readonly version: number;
  /** Event times from < t ≤ to. */
  readonly from: string;
  readonly to: string;
  /** Rows that the version served as champion, and how many of them have a label. */
  readonly rows: number;
  readonly labelled: number;
  readonly coverage: number;
  /** The loss that was estimated without labels, and the one that the labels show; null with the reason where one does not exist. */
  readonly estimated: number | null;
  readonly realised: number | null;
  readonly atRelease: number | null;
  readonly reason?: string;
  /** Milliseconds within which half and nine tenths of the labels that came did; null without labels. */
  readonly medianDelay: number | null;
  readonly longDelay: number | null;
  /** Share of labels known at an age in milliseconds. */
  readonly delayCurve: readonly { readonly age: number; readonly coverage: number | null }[];
}

/** The champion's loss on its newest rows, estimated before their labels come. */
export interface EstimateMeasured {
  readonly rows: number;
  readonly loss: number | null;
  /** One-sided lower bound of the loss that allows for the noise at release too. */
  readonly lower: number | null;
  readonly atRelease: number | null;
  /** Why there is no estimate. */
  readonly absent?: string;
  readonly reconciled: Reconciled | null;
}

/** Drift of one feature against the version's reference profile. */
export interface DriftMeasured {
  readonly feature: string;
  readonly statistic: number | null;
  readonly drifted: boolean;
  readonly absent?: string;
}

/** What one check measured, in the order of the spec's triggers. */
export interface CheckMeasured {
  readonly watermark: string | null;
  readonly champion: number | null;
  readonly performance: readonly (SkillMeasured | null)[];
  /** Of performance triggers with estimated labels; absent in checks from before they were built. */
  readonly estimated?: readonly (EstimateMeasured | null)[];
  readonly drift: readonly (readonly DriftMeasured[] | null)[];
  readonly newRows: number | null;
  /** What triggers of plug-ins said; absent where the spec names none. */
  readonly plugins?: readonly (TriggerVerdict | null)[];
  readonly evidence: ArtifactRef;
  /** Absent where there are none. */
  readonly warnings?: readonly string[];
}

/** Long waits on data and the monitor's measurements. */
export interface WatchActivities {
  /** Requests a day over the last seven days of event time; null when nothing was logged yet. */
  requestsPerDay(input: { model: string }): Promise<number | null>;
  /** Heartbeats until the shadow has seen enough; tells the lifecycle what it waits for under the stepped clock. */
  awaitShadow(input: {
    model: string;
    specDigest: string;
    run: string;
    champion: VersionRef;
    challenger: VersionRef;
    since: string;
  }): Promise<ShadowEnded>;
  /** Heartbeats until the bake passes or must roll back. */
  awaitBake(input: {
    model: string;
    specDigest: string;
    run: string;
    champion: VersionRef;
    previous: VersionRef;
    since: string;
  }): Promise<BakeEnded>;
  /** Heartbeats until the store takes, gives and deletes an object three times in a row. */
  awaitStore(input: { model: string }): Promise<void>;
  measureCheck(input: {
    model: string;
    specDigest: string;
    asOf: string;
    champion: VersionRef | null;
  }): Promise<CheckMeasured>;
}
