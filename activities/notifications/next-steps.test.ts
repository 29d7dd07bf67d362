import { expect, it } from 'vitest';
import { LOOSENS } from '../../domain/reports.js';
import { nextSteps } from './next-steps.js';

it('a refused spec is agreed on where that helps, and else applied again', () => {
  const first = (why: string) =>
    nextSteps({ event: 'spec-refused', model: 'm', version: null, why })[0]?.command;
  expect(first(`${LOOSENS}: rollout.approval. Apply again with "approvedBy"`)).toBe(
    'perennial apply <spec> --approved-by <name>',
  );
  expect(first('its schedules could not be made, the spec before it stays: away')).toBe(
    'perennial apply <spec>',
  );
});
