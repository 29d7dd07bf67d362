/**
 * Lets this thread import TypeScript: specs and modules that a team wrote. Compiled code does without the loader until then, since it
 * takes a moment to start; under the sources it runs already.
 */
export async function allowTypeScript(): Promise<void> {
  if (import.meta.url.endsWith('.ts')) return;
  started ??= startLoader();
  await started;
}

let started: Promise<void> | undefined;

async function startLoader(): Promise<void> {
  const esm = await import('tsx/esm/api');
  const cjs = await import('tsx/cjs/api');
  // Both: a `.ts` file below a package.json of type `commonjs` is loaded by `require`.
  cjs.register();
  esm.register();
}
