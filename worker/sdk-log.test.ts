import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logFields, sdkLogger, sdkLogging } from './sdk-log.js';

const step = {
  ...{ workflowId: 'retrain/bike-demand/3', workflowRunId: 'r', workflowType: 'retrain' },
  ...{ activityType: 'train', activityId: '7', attempt: 2, isLocal: false, namespace: 'default' },
  ...{ taskToken: 'AbC', trace_id: 't', span_id: 's', sdkComponent: 'activity', durationMs: 12 },
};

describe('a line of Temporal’s SDK', () => {
  it('says in our words which model, run, step and attempt it is about', () => {
    expect(logFields({ ...step, error: new Error('a fault') })).toEqual({
      ...{ model: 'bike-demand', workflowId: 'retrain/bike-demand/3', runId: 'r', workflow: 'retrain' },
      ...{
        activity: 'train',
        attempt: 2,
        trace_id: 't',
        span_id: 's',
        component: 'activity',
        durationMs: 12,
      },
      err: new Error('a fault'),
    });
  });

  it.each([
    ['model/bike-demand', 'bike-demand'],
    ['rollout/bike-demand/2.1', 'bike-demand'],
    ['monitor/bike-demand-2011-04-01T00:00:00Z', 'bike-demand'],
    ['scheduled-retrain/bike-demand-2011-04-01T00:00:00Z', 'bike-demand'],
    ['somebody/else', undefined],
  ])('of %s is about %s', (workflowId, model) => {
    expect(logFields({ workflowId })['model']).toBe(model);
  });

  it('is as loud as it was, but for news of the SDK itself', () => {
    const lines: string[] = [];
    const log = pino({ level: 'debug', base: null }, { write: (line) => void lines.push(line) });
    const logger = sdkLogger(log);
    logger.warn('failed', step);
    logger.info('Worker state changed');
    logger.log('ERROR', 'broke');
    expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([40, 20, 50]);
  });

  it('comes from its core from warnings on, and more where somebody looks for a fault', () => {
    const filterAt = (level: string) => sdkLogging(pino({ level })).telemetryOptions?.logging;
    expect(filterAt('info')).toMatchObject({ filter: expect.stringContaining('=WARN'), forward: {} });
    expect(filterAt('debug')).toMatchObject({ filter: expect.stringContaining('=INFO') });
  });
});
