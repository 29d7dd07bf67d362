import { writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { z } from 'zod';

const MAP = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)\s*$/;
const mapSchema = z.looseObject({ file: z.string(), sources: z.array(z.string()) });

/**
 * Writes the workflows as workers load them, so that no start has to bundle them: once for payloads as they are, once for encrypted
 * ones, whose failures are encrypted too. Gives the paths of the modules in them, relative to the package.
 */
export async function bundleWorkflows(dist: string): Promise<string[]> {
  const compiled = (name: string): string => join(dist, 'workflows', `${name}.js`);
  const plain = {
    workflowsPath: compiled('index'),
    workflowInterceptorModules: [compiled('trace-interceptors')],
    payloadConverterPath: compiled('payload-converter'),
  };
  const kinds = { plain, encrypted: { ...plain, failureConverterPath: compiled('failure-converter') } };
  const modules = new Set<string>();
  for (const [kind, paths] of Object.entries(kinds)) {
    const { code } = await bundleWorkflowCode({ ...paths, logger: new DefaultLogger('WARN') });
    const file = compiled(`${kind}.bundle`);
    const { text, sources } = withShortMap(code, file, join(dist, '..'));
    writeFileSync(file, text);
    for (const source of sources) modules.add(source);
  }
  return [...modules];
}

/** The bundle with a map that names its sources from the package on and holds no copy of them: traces read well, no path tells of this machine. */
function withShortMap(code: string, file: string, root: string): { text: string; sources: string[] } {
  const found = MAP.exec(code);
  if (found?.[1] === undefined) throw new Error('the bundle of the workflows has no source map');
  const json: unknown = JSON.parse(Buffer.from(found[1], 'base64').toString());
  const { sourcesContent: _, sourceRoot: __, ...map } = mapSchema.parse(json);
  const sources = map.sources.map((source) =>
    source.startsWith(root) ? relative(root, source) : basename(source),
  );
  const short = JSON.stringify({ ...map, file: basename(file), sources });
  const url = `data:application/json;charset=utf-8;base64,${Buffer.from(short).toString('base64')}`;
  return { text: `${code.slice(0, found.index)}//# sourceMappingURL=${url}\n`, sources };
}
