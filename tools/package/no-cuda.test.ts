import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'perennial-no-cuda-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the script as npm does in a project; gives what then lies where ONNX Runtime's script looks. */
function install(name: string, dependencies: Record<string, string>, env: NodeJS.ProcessEnv = {}): string[] {
  const project = join(scratch, name);
  const package_ = join(project, 'node_modules/perennial/tools/package');
  const libraries = join(project, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64');
  for (const folder of [package_, libraries]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ dependencies }));
  writeFileSync(join(project, 'node_modules/onnxruntime-node/package.json'), '{}');
  cpSync(join(import.meta.dirname, 'no-cuda.mjs'), join(package_, 'no-cuda.mjs'));
  const options = { env: { PATH: process.env['PATH'], npm_config_local_prefix: project, ...env } };
  execFileSync(process.execPath, [join(package_, 'no-cuda.mjs')], options);
  return readdirSync(libraries).sort();
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the preinstall script', () => {
  it('puts files where ONNX Runtime would fetch CUDA libraries', () => {
    expect(install('plain', { perennial: '0.1.0' })).toEqual(
      ['cuda', 'shared', 'tensorrt'].map((library) => `libonnxruntime_providers_${library}.so`),
    );
  });

  it('leaves a project alone that wants CUDA: by its dependencies, or by ONNX Runtime’s own setting', () => {
    expect(install('itself', { 'onnxruntime-node': '1.30.0' })).toEqual([]);
    expect(install('by-name', {}, { ONNXRUNTIME_NODE_INSTALL: 'cuda12' })).toEqual([]);
    expect(install('by-npm', {}, { npm_config_onnxruntime_node_install: 'cuda12' })).toEqual([]);
  });
});
