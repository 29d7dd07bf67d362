import type { Manifest } from '../../../domain/manifest.js';
import type { VersionRef } from '../../../domain/references.js';
import { explainVersion } from '../../sdk/explanation.js';
import { versionNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { metricText, shortDigest, shortTime } from '../format.js';
import { explanationLines, noticeLines } from './explain-version.js';
import { NARROW, table, type Column } from '../table.js';

interface Listed {
  readonly ref: VersionRef;
  readonly manifest: Manifest;
  readonly role: string;
}

/** `perennial versions <model>` */
export function addVersions(cli: Cli): void {
  cli.add<{ readonly explain?: number }>({
    usage: 'versions <model>',
    summary: 'what exists: versions, errors, roles',
    details: 'Needs no server. With `--explain`: which inputs move the scores of a version of boosted trees.',
    example: 'perennial versions bike-demand',
    flags: (command) =>
      command.option('--explain <version>', 'which inputs move this version’s scores', versionNumber),
    action: ({ withClient, print, io }, [model = ''], { explain }) =>
      withClient(async (perennial) => {
        if (explain !== undefined) {
          const explanation = await explainVersion(perennial, model, explain);
          const { trainer } = (await perennial.manifest(model, explain)).manifest;
          print(explanation, () => [
            ...explanationLines(model, explain, explanation, io.width),
            ...noticeLines(trainer.notices ?? []),
          ]);
          return undefined;
        }
        const refs = await perennial.versions(model);
        const aliases = await perennial.registry.getAliases(model);
        const listed: Listed[] = [];
        for (const { version } of refs) {
          const role = (['champion', 'challenger', 'previous'] as const).find(
            (one) => aliases[one]?.version === version,
          );
          listed.push({ ...(await perennial.manifest(model, version)), role: role ?? '' });
        }
        print(listed.map(summary), () => listing(model, listed, io.width));
        return undefined;
      }),
  });
}

function listing(model: string, listed: readonly Listed[], width: number): string[] {
  if (listed.length === 0) return [`${model} has no version yet`];
  const metric = listed[0]?.manifest.evaluation.metric ?? 'metric';
  const value = ({ manifest }: Listed, of: 'candidate' | 'champion' | 'naive'): string =>
    metricText(manifest.evaluation[of]?.[metric]);
  const own: Column<Listed>[] = [
    { title: 'version', of: ({ ref }) => `v${ref.version}` },
    { title: 'role', of: ({ role }) => role },
    { title: 'as of', of: ({ manifest }) => shortTime(manifest.snapshot.asOf).slice(0, 10) },
    { title: metric, of: (one) => value(one, 'candidate'), align: 'right' },
  ];
  const more: Column<Listed>[] = [
    { title: 'champion', of: (one) => value(one, 'champion'), align: 'right' },
    { title: 'naive', of: (one) => value(one, 'naive'), align: 'right' },
    { title: 'trainer', of: trainerText, cut: true },
    { title: 'digest', of: ({ ref }) => shortDigest(ref.digest) },
  ];
  return table<Listed>(width < NARROW ? own : [...own, ...more], listed, width);
}

/** What trained it: the kind, and which of the team's own programs. */
function trainerText({ manifest: { trainer } }: Listed): string {
  const { kind, program } = trainer;
  return program === undefined ? kind : `${kind} ${program.name} ${program.version}`.trim();
}

function summary({ ref, manifest, role }: Listed): object {
  const { evaluation, snapshot, trainer, onnx } = manifest;
  const { metric, candidate, champion, naive } = evaluation;
  return {
    ...ref,
    role: role === '' ? null : role,
    asOf: snapshot.asOf,
    trainer: trainer.kind,
    program: trainer.program ?? null,
    notices: trainer.notices ?? [],
    onnx: onnx.sha256,
    metric,
    value: candidate[metric] ?? null,
    championValue: champion?.[metric] ?? null,
    naiveValue: naive[metric] ?? null,
  };
}
