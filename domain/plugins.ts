import { z } from 'zod';
import { sha256Schema } from './references.js';

const PART = '[a-z][a-z0-9-]{0,62}';

/** Name of a plug-in, and of each thing that it brings. */
export const plainNameSchema = z.string().regex(new RegExp(`^${PART}$`), {
  message: "a name such as 'ours': a lower-case letter, then up to 62 lower-case letters, digits or hyphens",
});

/** What a spec calls a thing of a plug-in: `<plug-in>/<name>`. */
export const pluginNameSchema = z.string().regex(new RegExp(`^${PART}/${PART}$`), {
  message: "a plug-in and a name in it, such as 'ours/ridge'",
});

/** What a plug-in can bring. */
export const pluginRoleSchema = z.enum(['trainer', 'metric', 'gate', 'trigger']);
/** What a plug-in can bring. */
export type PluginRole = z.infer<typeof pluginRoleSchema>;

/** Which code decided: kept with everything that a plug-in made, measured or decided. */
export const pluginRefSchema = z.strictObject({
  /** `<plug-in>/<name>`. */
  name: z.string(),
  /** What the plug-in calls its version. */
  version: z.string(),
  /** Of the module and every file of the team's that it imports. */
  sha256: sha256Schema,
});
/** Which code decided. */
export type PluginRef = z.infer<typeof pluginRefSchema>;

/** The code of a plug-in as it was when a decision began; every later step of it must find the same. */
export const pluginPinSchema = z.strictObject({ plugin: z.string(), sha256: sha256Schema });
/** The code of a plug-in as it was when a decision began. */
export type PluginPin = z.infer<typeof pluginPinSchema>;

/** The plug-in of a name. */
export const pluginOf = (name: string): string => name.split('/')[0] ?? name;

/** The code of a plug-in, whole, for a ledger line: what decided must be known for as long as that is read. */
export const pluginCode = ({ name, version, sha256 }: PluginRef): Record<string, string> => ({
  [`code of ${name}`]: `${version}, sha256 ${sha256}`,
});
