// `preinstall` of the installed package. ONNX Runtime's own install script fetches CUDA libraries (hundreds of megabytes) on every
// x64 Linux machine, and the whole installation fails where it cannot reach the feed they come from. Perennial scores on processors and never
// loads them. That script fetches nothing that is there: so empty files are put in their places. Whoever wants CUDA keeps it: this
// does nothing when ONNXRUNTIME_NODE_INSTALL is set or when the project itself depends on onnxruntime-node.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LIBRARIES = ['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`);

function isWanted() {
  const { env } = process;
  if (Object.keys(env).some((name) => /^(npm_config_)?onnxruntime_node_install/i.test(name))) return true;
  try {
    const project = JSON.parse(
      readFileSync(join(env.npm_config_local_prefix ?? env.INIT_CWD ?? '', 'package.json'), 'utf8'),
    );
    return 'onnxruntime-node' in { ...project.dependencies, ...project.devDependencies };
  } catch {
    return false; // a global installation has no project
  }
}

function folderOfLibraries() {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin/napi-v6/linux/x64');
}

if (process.platform === 'linux' && process.arch === 'x64' && !isWanted())
  for (const library of LIBRARIES) closeSync(openSync(join(folderOfLibraries(), library), 'a'));
