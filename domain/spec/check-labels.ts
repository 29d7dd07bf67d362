import { isUnderRoot } from './check-columns.js';
import { FEEDBACK } from './labels-section.js';
import { problem, type SpecProblem } from './problem.js';
import type { SpecParts } from './spec-parts.js';

/** How files are written, which feedback and the rows' own column are not. */
const WRITTEN = ['decimal', 'missing', 'timeFormat'] as const;

/** Labels of a source of their own: a path below a data root, columns that are not the label itself, nothing said in vain. */
export function checkLabels({ whole: { source, task } }: SpecParts): SpecProblem[] {
  if (source === undefined) return [];
  const { labels } = source;
  if (labels.from === undefined) {
    return (['join', 'key', 'arrival', ...WRITTEN] as const).flatMap((name) => {
      const path = ['source', 'labels', name];
      const allowed = 'nothing without source.labels.from: labels are then a column of the rows';
      const next = 'Name the label files in source.labels.from, or remove it.';
      return labels[name] === undefined ? [] : [problem({ path, value: labels[name], allowed, next })];
    });
  }
  if (labels.from === FEEDBACK) {
    return (['key', 'arrival', ...WRITTEN] as const).flatMap((name) => {
      const path = ['source', 'labels', name];
      const allowed =
        'nothing where labels come by feedback: each names its prediction or key, and serving stamps its arrival';
      return labels[name] === undefined
        ? []
        : [problem({ path, value: labels[name], allowed, next: 'Remove it.' })];
    });
  }
  const problems: SpecProblem[] = [];
  if (!isUnderRoot(labels.from)) {
    const allowed = "a file or glob below a data root, such as 'labels/*.csv'";
    const next = "Write it relative to a data root, which the worker's configuration names.";
    problems.push(problem({ path: ['source', 'labels', 'from'], value: labels.from, allowed, next }));
  }
  for (const name of ['key', 'arrival'] as const) {
    const column = labels[name];
    if (column === undefined || column.toLowerCase() !== task?.label.toLowerCase()) continue;
    const allowed = 'a column of its own, and this is the label';
    const next = 'Name another column of the label files.';
    problems.push(problem({ path: ['source', 'labels', name], value: column, allowed, next }));
  }
  return problems;
}
