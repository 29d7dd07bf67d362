import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { OpenPlugin } from '../engines/plugins/index.js';

/** Variable of the plug-ins that specs may name. */
export const pluginsEnvironment = {
  PERENNIAL_PLUGINS: z
    .string()
    .default('')
    .transform((text) => text.split(':').filter((file) => file !== ''))
    .refine((files) => files.every(isAbsolute), {
      message: 'absolute paths of TypeScript or JavaScript modules, separated by colons',
    })
    .describe(
      'Absolute paths of the modules with trainers, metrics, gates and triggers that specs may name (`kind: plugin`), separated by `:`; see [plug-ins](../plugins.md). The same for every worker.',
    ),
} as const;

/** One line of what a plug-in is and brings. */
export function pluginLine({ name, version, sha256, ...brings }: OpenPlugin): string {
  const { trainer, metric, gate, trigger } = brings;
  const parts = Object.entries({ trainer, metric, gate, trigger }).flatMap(([role, named]) =>
    Object.keys(named).map((own) => `${role} ${name}/${own}`),
  );
  return `${name} ${version}, sha256 ${sha256.slice(0, 12)}: ${parts.join(', ') || 'nothing'}`;
}
