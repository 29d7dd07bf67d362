/** The processes that are killed. */
export const PARTS = ['temporal', 'worker', 'serving', 's3'] as const;
/** A process that is killed. */
export type Part = (typeof PARTS)[number];

/** The phases of a lifecycle in which a process is killed, in their order. */
export const PHASES = [
  ...(['extract', 'train', 'export', 'evaluate', 'register'] as const),
  ...(['shadow', 'approval', 'promote', 'bake', 'rollback'] as const),
] as const;
/** A phase of a lifecycle. */
export type Phase = (typeof PHASES)[number];

/** The activities of a retrain's phases. */
export const ACTIVITIES: Partial<Record<Phase, readonly string[]>> = {
  extract: ['freezeSource', 'checkContract', 'takeSnapshot', 'checkPointInTime'],
  train: ['train'],
  export: ['exportModel'],
  evaluate: ['evaluate'],
  register: ['register'],
};

/** Every pair of processes. */
export const PAIRS: readonly (readonly [Part, Part])[] = PARTS.flatMap((a, i) =>
  PARTS.slice(i + 1).map((b): [Part, Part] => [a, b]),
);
