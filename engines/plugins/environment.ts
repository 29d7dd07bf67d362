/** Variables that every plug-in gets, and those that are named for it. */
const PASSED = /^(PATH|HOME|TMPDIR|LANG|LANGUAGE|LC_[A-Z]+|TZ|PLUGIN_[A-Z0-9_]+)$/;

/** The environment of a plug-in's thread: no key, token or address of the worker; `PLUGIN_…` is how a team hands it something. */
export function pluginEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const given = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED.test(entry[0]),
  );
  return Object.fromEntries(given);
}
