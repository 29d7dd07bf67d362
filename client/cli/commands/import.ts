import { readFile } from 'node:fs/promises';
import { importModel } from '../../sdk/import-model.js';
import { readSpecFile } from '../../spec-file.js';
import { instantText, nameList } from '../arguments.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';
import { openProgress } from '../progress-line.js';
import { saying } from '../waiting.js';
import { retrainExit, retrainLines } from './retrain.js';

interface ImportFlags {
  readonly model?: string;
  readonly spec?: string;
  readonly trainedTo?: string;
  readonly classes?: string[];
  readonly asOf?: string;
  readonly wait?: boolean;
  readonly rollout: boolean;
  readonly by?: string;
  readonly reason?: string;
}

/** `perennial import <model.onnx>` */
export function addImport(cli: Cli): void {
  cli.add<ImportFlags>({
    usage: 'import <model.onnx>',
    summary: 'an existing ONNX model as a version',
    details:
      'It goes the way of every candidate: contract, holdout, gates, approval. Give --spec for a model that is not there yet, so that the file is its first version.',
    example: 'perennial import served-today.onnx --spec model.yaml --trained-to 2012-06-01 --wait',
    flags: (command) =>
      command
        .option('--model <name>', 'the model whose version it becomes')
        .option('--spec <file>', 'apply this spec first; the file takes the place of the training')
        .option('--trained-to <time>', 'event time of its newest training row, if you know it', instantText)
        .option('--classes <names>', 'classes in the order of its scores, separated by commas', nameList)
        .option(
          '--as-of <time>',
          'event time to look from; only with --model (default: its now)',
          instantText,
        )
        .option('--wait', 'wait until it was judged; exit code 4 when it is no candidate')
        .option('--no-rollout', 'judge and register only; only with --model')
        .option('--by <name>', 'who imports (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, io, print }, [file = ''], { model, spec, ...options }) =>
      withClient(async (perennial) => {
        const target = await targetOf(model, spec);
        const onnx = await readModel(file);
        const work = importModel(perennial, target, onnx, options);
        const progress = () => openProgress(perennial, typeof target === 'string' ? target : target.model);
        const result = await saying(io, `import of ${file}`, work, progress);
        print(result, () => retrainLines(result));
        return retrainExit(result);
      }),
  });
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput('model file', file, `an ONNX file that can be read (${why})`, 'Check the path.');
  }
}

async function targetOf(model: string | undefined, spec: string | undefined) {
  if (model !== undefined && spec === undefined) return model;
  if (spec !== undefined && model === undefined) return readSpecFile(spec);
  const given = model === undefined ? 'neither' : 'both';
  throw badInput('--model and --spec', given, 'one of them', 'Use --spec for a model that is not there yet.');
}
