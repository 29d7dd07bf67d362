import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const room = fileURLToPath(new URL('../../engines/training/trees/', import.meta.url));
/** Where the compiled kernel is committed. */
export const kernelPath = join(room, 'kernel.wasm');

/**
 * Compiles the kernel's AssemblyScript and gives the bytes of the module. Equal sources give equal bytes: the compiler is pinned.
 * Throws with the compiler's own report when it refuses the source.
 */
export async function compileKernel(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const { error, stderr } = await asc.main([
      'index.ts',
      '--baseDir',
      join(room, 'assembly'),
      '--outFile',
      out,
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--enable',
      'threads',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
    ]);
    if (error) throw new Error(`kernel does not compile: ${error.message}\n${stderr.toString()}`);
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(kernelPath, await compileKernel());
