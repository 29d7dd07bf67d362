import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

const key = {
  model: defineSearchAttributeKey('MlModel', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('MlPhase', SearchAttributeType.KEYWORD),
  trigger: defineSearchAttributeKey('MlTrigger', SearchAttributeType.KEYWORD),
  version: defineSearchAttributeKey('MlVersion', SearchAttributeType.KEYWORD),
  waitingFor: defineSearchAttributeKey('MlWaitingFor', SearchAttributeType.KEYWORD),
} as const;

/** What the workflow list can filter by. */
export interface SearchValues {
  readonly model?: string;
  readonly phase?: string;
  readonly trigger?: string;
  readonly version?: string;
  readonly waitingFor?: string;
}

const pairs = (values: SearchValues) =>
  (Object.keys(key) as (keyof typeof key)[]).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ key: key[name], value }];
  });

/** Search attributes for a workflow that is about to start. */
export const searchAttributes = (values: SearchValues): TypedSearchAttributes =>
  new TypedSearchAttributes(pairs(values));

/** Changes the present workflow's search attributes; those not named keep their value. */
export const showSearchAttributes = (values: SearchValues): void => {
  upsertSearchAttributes(pairs(values));
};
