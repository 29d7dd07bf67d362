/** What a module exports by default: a step further in when it was made CommonJS, as below a package.json of type `commonjs`. */
export function defaultOf(module: unknown): unknown {
  if (module === null || typeof module !== 'object' || !('default' in module)) return undefined;
  const exported = module.default;
  const isMade = exported !== null && typeof exported === 'object' && '__esModule' in exported;
  return isMade ? defaultOf(exported) : exported;
}
