import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { explanationSchema } from '../../domain/explanation.js';
import type { Manifest } from '../../domain/manifest.js';
import { objectKey } from '../../domain/names.js';
import { outcomeRowSchema } from '../../domain/predictions.js';
import { sourceManifestSchema } from '../../domain/source.js';
import { performanceReferenceSchema } from '../../activities/performance-reference.js';
import { referenceProfileSchema } from '../../activities/reference-profile.js';
import { createFeatureEngine } from '../../engines/features/feature-engine.js';
import { checkGolden, createScorer, goldenSchema } from '../../engines/inference/index.js';
import { packBytes, unpackBytes } from '../../engines/training/byte-container.js';
import { deserializeModel } from '../../engines/training/index.js';
import { createKeptState } from '../../serving/kept-state.js';
import {
  getArtifact,
  getJsonArtifact,
  putJsonArtifact,
  stageArtifact,
} from '../../storage/objects/artifacts.js';
import { sha256 } from '../../storage/objects/digest.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { encodeJson } from '../../storage/registry/json-object.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { outcomeSegments, predictionSegments } from '../../storage/predictions/segments.js';

// What the first version of Perennial stored: a model of trees with its log, and one of a network. Kept for ever, as users' stores are.
const root = fileURLToPath(new URL('../..', import.meta.url));
const first = join(root, 'test/fixtures/format-1');
const TREES = 'first-format';
const NETWORK = 'first-network';

const folder = mkdtempSync(join(tmpdir(), 'perennial-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(first, 'store'), join(folder, 'store'), { recursive: true });
const store = createLocalStore({ root: join(folder, 'store') });
const registry = createRegistry(store);

const files = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

it('is never edited: every stored file of the first format is there, byte for byte', () => {
  const kept = [...files(first), join(root, 'domain/fixtures/lifecycle-state-1.json')];
  const found = kept.map((file) => {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    return `${digest}  ${relative(root, file)}`;
  });
  const listed = readFileSync(join(root, 'test/fixtures/format-1.sha256'), 'utf8').trim().split('\n');
  const advice =
    'A file of the first format was changed. Users have such files: take it back with git, let the code read both formats, and put the ' +
    'new format into a folder of its own, test/fixtures/format-2.';
  expect(found.sort(), advice).toEqual(listed.sort());
});

describe('what the first version stored', () => {
  it.each([TREES, NETWORK])('(%s) is read: spec, version, aliases, ledger', async (model) => {
    expect(await registry.models()).toContain(model);
    const { manifest } = await registry.getManifest(model, 1);
    expect(await registry.getSpec(model, manifest.specDigest)).toMatchObject({ model });
    expect(await registry.getAliases(model)).toMatchObject({ generation: 1, champion: { version: 1 } });
    const lines = await registry.ledger(model);
    expect(lines[0]).toMatchObject({ seq: 1, kind: 'spec-applied', who: 'ada' });
    expect(lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['retrain-ended', 'first']));
    const { effectiveFrom } = lines.find(({ kind }) => kind === 'first') ?? {};
    expect(await registry.servingAt(model, effectiveFrom ?? '')).toEqual([{ version: 1, share: 1 }]);
  });

  it.each([TREES, NETWORK])('(%s) still scores what it scored: weights, ONNX, golden rows', async (model) => {
    const { manifest } = await registry.getManifest(model, 1);
    const fitted = deserializeModel(await getArtifact(store, manifest.weights));
    expect(fitted.kind).toBe(manifest.trainer.kind);
    const { inputs, classes } = manifest;
    const scorer = await createScorer({ onnx: await getArtifact(store, manifest.onnx), inputs, classes });
    await checkGolden(scorer, await getJsonArtifact(store, manifest.golden, goldenSchema));
    await scorer.dispose();
    const profile = await getJsonArtifact(store, manifest.profile, referenceProfileSchema);
    expect(Object.keys(profile.features).sort()).toEqual(inputs.map(({ name }) => name).sort());
    const source = await getJsonArtifact(store, manifest.sourceManifest, sourceManifestSchema);
    expect(source.files).toHaveLength(1);
  });

  it('is read where only trees and estimates have it: reference rows and what moves the scores', async () => {
    const { manifest } = await registry.getManifest(TREES, 1);
    const { reference, explanation } = manifest;
    if (reference === undefined || explanation === undefined) throw new Error('the fixture has none');
    const rows = await getJsonArtifact(store, reference, performanceReferenceSchema);
    expect(rows.labels).toHaveLength(manifest.snapshot.holdout.rows);
    expect((await getJsonArtifact(store, explanation, explanationSchema)).rows).toBeGreaterThan(0);
  });

  it('is read by queries: the snapshot, the prediction log and its outcomes', async () => {
    const features = createFeatureEngine({ dataRoots: [folder], stagingDir: join(folder, 'staging') });
    const { manifest } = await registry.getManifest(TREES, 1);
    const spec = await registry.getSpec(TREES, manifest.specDigest);
    const snapshotPath = await stageArtifact(store, manifest.snapshot.file);
    const { holdout } = await features.loadBlocks({ spec, snapshotPath });
    expect(holdout.rows).toBe(manifest.snapshot.holdout.rows);
    const span = { from: '2024-01-20T00:00:00.000Z', to: '2024-02-01T00:00:00.000Z' };
    const predictionFiles = await predictionSegments(store, TREES);
    const logged = await features.loggedPredictions({ spec, predictionFiles, ...span });
    expect(logged?.predictionIds).toHaveLength(40);
    const [outcomes = ''] = await outcomeSegments(store, TREES);
    const lines = readFileSync(outcomes, 'utf8').trim().split('\n');
    expect(lines.map((line) => outcomeRowSchema.parse(JSON.parse(line)))).toHaveLength(40);
  });

  it('is obeyed: a replica’s pin', async () => {
    mkdirSync(join(folder, 'state/pins'), { recursive: true });
    cpSync(join(first, 'kept/pin.json'), join(folder, 'state/pins', `${TREES}.json`));
    const pin = await createKeptState(join(folder, 'state')).pin(TREES);
    expect(pin).toEqual(await registry.getAliases(TREES));
  });
});

describe('what a newer version stored', () => {
  const refused = (thing: string, format: string) => ({
    type: 'format-newer',
    message: expect.stringMatching(
      new RegExp(`^${thing}.* is '${format}'.*upgrade this process \\(worker, serving or client\\)`),
    ),
  });
  const rewrite = async (key: string, format: string): Promise<void> => {
    const old: unknown = JSON.parse(new TextDecoder().decode((await store.get(key))?.bytes));
    await store.put(key, encodeJson({ ...Object(old), format, more: 'than this version knows' }));
  };

  it.each([
    ['perennial-manifest/2', objectKey.version(NETWORK, 1), () => registry.getManifest(NETWORK, 1)],
    ['perennial-aliases/2', objectKey.aliases(NETWORK), () => registry.getAliases(NETWORK)],
    ['perennial-ledger/2', objectKey.ledgerLine(NETWORK, 3), () => registry.ledger(NETWORK)],
  ])('(%s) is refused, and says what to upgrade', async (format, key, read) => {
    await rewrite(key, format);
    await expect(read()).rejects.toMatchObject(refused('registry object', format));
  });

  it('(a spec, which had no format at first) is refused likewise', async () => {
    const spec = encodeJson({ format: 'perennial-spec/2', model: TREES });
    const digest = sha256(spec);
    await store.put(objectKey.spec(TREES, digest), spec);
    await expect(registry.getSpec(TREES, digest)).rejects.toMatchObject(
      refused('registry object', 'perennial-spec/2'),
    );
  });

  it('(an artifact: golden rows, weights) is refused likewise', async () => {
    const golden = await putJsonArtifact(store, { format: 'perennial-golden/2', rows: [] });
    await expect(getJsonArtifact(store, golden, goldenSchema)).rejects.toMatchObject(
      refused('artifact', 'perennial-golden/2'),
    );
    const { manifest }: { manifest: Manifest } = await registry.getManifest(TREES, 1);
    const { arrays } = unpackBytes(await getArtifact(store, manifest.weights), 'weights');
    const newer = packBytes({ header: { format: 'perennial-weights/2' }, arrays });
    expect(() => deserializeModel(newer)).toThrow(/^weights artifact is 'perennial-weights\/2'/);
  });
});
