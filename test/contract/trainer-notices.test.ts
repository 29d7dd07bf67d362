import { afterAll, expect, it } from 'vitest';
import { specSchema } from '../../domain/spec/spec.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { release, releasedSpec, retrainPorts } from '../support/released-model.js';
import { scratchFolder } from '../../storage/fixtures.js';

const folder = scratchFolder();
afterAll(() => folder.remove());

it('what the trees noticed about the rows goes with the version for ever', async () => {
  const ports = await retrainPorts(createLocalStore({ root: folder.path }), folder.path);
  const features = { ...releasedSpec.features, unit: { type: 'category' } };
  const spec = specSchema.parse({ ...releasedSpec, features });
  const { ref, training, exporting } = await release(ports, '2026-02-20T00:00:00.000Z', spec);
  const notices = ['unit: the same in every training row; no tree uses it'];
  const { manifest } = await ports.registry.getManifest(training.model, ref.version);
  expect(exporting.trained.notices).toEqual(notices);
  expect(manifest.trainer.notices).toEqual(notices);
});
