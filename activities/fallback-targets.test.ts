import { describe, expect, it } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import type { LedgerEntry, LedgerLine } from '../domain/ledger.js';
import type { VersionRef } from '../domain/references.js';
import { sampleEntry, sampleManifest } from '../storage/fixtures.js';
import { LEDGER_START, sealLine } from '../storage/registry/ledger-line.js';
import { fallbackTargets, goodChampions, type FallbackPorts } from './fallback-targets.js';

const ref = (version: number): VersionRef => ({ version, digest: String(version).repeat(64) });
const failing = (type: string): PerennialError =>
  new PerennialError({ type, thing: 't', allowed: 'a', next: 'n' });

function ledgerOf(...entries: Partial<LedgerEntry>[]): LedgerLine[] {
  return entries.map((entry, i) =>
    sealLine(sampleEntry(entry), {
      model: 'm',
      seq: i + 1,
      previousHash: LEDGER_START,
      decidedAt: '2026-01-01T00:00:00.000Z',
    }),
  );
}

const promoted = (version: number): Partial<LedgerEntry> => ({ version, champion: version });
const lines = ledgerOf(
  promoted(1),
  promoted(2),
  { kind: 'check', champion: 2 },
  promoted(3),
  { kind: 'rolled-back', version: 3, champion: 2 },
  promoted(4),
  promoted(5),
);

/** Manifests whose onnx digest is the version's digit; version 4's is damaged. */
function ports(ledger: () => Promise<LedgerLine[]>): FallbackPorts {
  return {
    registry: {
      ledger,
      getManifest: (_model, version) => {
        const onnx = { key: 'k', sha256: ref(version).digest, bytes: 1 };
        const manifest = { ...sampleManifest(version), onnx };
        return version === 4
          ? Promise.reject(failing('registry-corrupt'))
          : Promise.resolve({ ref: ref(version), manifest });
      },
    },
    serving: { champions: () => Promise.resolve([[ref(8)], [ref(9), ref(8), ref(7)]]) },
  };
}

describe('champions to fall back to', () => {
  const ask = { model: 'm', except: [5], ruledOut: [] };

  it('are those of the ledger that were not rolled back, newest first', () => {
    expect(goodChampions(lines)).toEqual([5, 4, 2, 1]);
  });

  it('leave out what is damaged, excepted or ruled out', async () => {
    const known = ports(() => Promise.resolve(lines));
    expect(await fallbackTargets(known, ask)).toEqual([ref(2), ref(1)]);
    expect(await fallbackTargets(known, { ...ask, ruledOut: ['2222'] })).toEqual([ref(1)]);
  });

  it.each(['store-unavailable', 'registry-corrupt'])(
    'are those that replicas remember when the ledger is %s',
    async (type) => {
      const away = ports(() => Promise.reject(failing(type)));
      expect(await fallbackTargets(away, { ...ask, except: [9] })).toEqual([ref(8), ref(7)]);
    },
  );
});
