import { setTimeout as sleep } from 'node:timers/promises';
import { defineModel, Perennial } from 'perennial';
import rides from './model.js';

// The first versions of two models, by the client alone; `perennial up` runs in the same folder.
const models = [
  defineModel({ ...rides, model: 'by-trees' }),
  defineModel({ ...rides, model: 'by-network', trainer: { kind: 'mlp', epochs: 40 } }),
];

const perennial = Perennial.open({ by: 'ada' });
for (const spec of models) await perennial.apply(spec);
const promoted = [];
for (const { model } of models) {
  while ((await perennial.status(model)).rollout?.phase !== 'approval') await sleep(200);
  const { outcome } = await perennial.approve(model, { reason: 'the first one' });
  const { from, version, predictions } = await perennial.predict(model, [{ temp: 0.5, hour: 8 }]);
  promoted.push({ model, outcome, from, version, predictions: predictions.length });
}
await perennial.close();
console.log(JSON.stringify(promoted));
