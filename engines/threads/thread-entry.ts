import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How to start a worker thread: the file, and what Node needs to run it. */
export interface ThreadEntry {
  readonly filename: string;
  readonly execArgv: string[];
}

/**
 * The thread entry `name` (without extension) beside the module whose `import.meta.url` is given. Run from TypeScript source, the
 * thread loads the same TypeScript loader, found from this package and not from the working folder; compiled, it needs nothing.
 */
export function threadEntry(name: string, moduleUrl: string): ThreadEntry {
  const source = moduleUrl.endsWith('.ts');
  const filename = fileURLToPath(new URL(`./${name}${source ? '.ts' : '.js'}`, moduleUrl));
  if (!source) return { filename, execArgv: [] };
  return { filename, execArgv: ['--import', registration(moduleUrl)] };
}

/**
 * A module that registers the loader in the thread that imports it. Importing the loader's main module is not enough: where the
 * parent runs under it too, Node 20 takes it for registered and the thread cannot read TypeScript.
 */
function registration(moduleUrl: string): string {
  const api = createRequire(moduleUrl)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const code = `import { register } from ${JSON.stringify(pathToFileURL(api).href)}; register();`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
