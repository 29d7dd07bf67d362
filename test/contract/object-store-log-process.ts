/** Logs numbered predictions until it is killed; says how many a flush has confirmed. Arguments: store folder, spool folder, first number. */
import { openPredictionWriter } from '../../storage/predictions/prediction-writer.js';
import { createLocalStore } from '../../storage/objects/local-store.js';

const [root = '', spool = '', first = '0'] = process.argv.slice(2);
const writer = openPredictionWriter({ store: createLocalStore({ root }), model: 'm', replica: 'r', spool });
const at = '2011-04-01T00:00:00.000Z';

for (let i = Number(first); ; i++) {
  writer.append([
    {
      prediction_id: String(i),
      model: 'm',
      version: 1,
      role: 'champion',
      key: at,
      event_time: at,
      received_at: at,
      ahead_of_clock: false,
      prediction: i,
      scores: null,
      inputs: { text: 'x'.repeat(500) },
    },
  ]);
  if (i % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  if (i % 500 === 499) {
    await writer.flush();
    process.stdout.write(`${i + 1}\n`);
  }
}
