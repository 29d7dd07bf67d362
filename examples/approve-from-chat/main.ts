import { readFileSync } from 'node:fs';
import { Perennial } from 'perennial';
import { z } from 'zod';
import { createHandler } from './handler.js';

// SLACK_SIGNING_SECRET=… PEOPLE=people.json PORT=3000 TEMPORAL_ADDRESS=… npx tsx main.ts
const env = z
  .object({
    SLACK_SIGNING_SECRET: z.string().min(16),
    PEOPLE: z.string().describe('File such as {"U024BE7LH": "ada"}.'),
    PORT: z.coerce.number().int().default(3000),
  })
  .parse(process.env);
const people = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(env.PEOPLE, 'utf8')));

const perennial = await Perennial.connect();
const app = createHandler({ perennial, signingSecret: env.SLACK_SIGNING_SECRET, people });
console.log(`waiting for Slack at ${await app.listen({ host: '127.0.0.1', port: env.PORT })}/slack`);
const stop = (): void => void app.close().then(() => perennial.close());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
