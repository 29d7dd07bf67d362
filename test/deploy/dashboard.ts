import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DEPLOY } from './prometheus-server.js';

const dashboardSchema = z.looseObject({
  uid: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string(),
      type: z.enum(['row', 'timeseries', 'stat', 'table']),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      datasource: z.object({ type: z.literal('prometheus'), uid: z.string() }).optional(),
      targets: z.array(z.looseObject({ refId: z.string(), expr: z.string().min(1) })).default([]),
    }),
  ),
});

/** The deployed Grafana dashboard. */
export const dashboard = () =>
  dashboardSchema.parse(JSON.parse(readFileSync(join(DEPLOY, 'grafana/dashboard.json'), 'utf8')));

/** One query of a panel. */
export interface PanelQuery {
  readonly panel: string;
  /** As Grafana sends it: with all models chosen. */
  readonly expr: string;
}

/** Every query of the dashboard. `rate` stands for `$__rate_interval`. */
export const panelQueries = (rate: string): PanelQuery[] =>
  dashboard().panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$model', '.*').replaceAll('$__rate_interval', rate),
    })),
  );
