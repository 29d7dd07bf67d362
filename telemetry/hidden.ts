import { readFileSync } from 'node:fs';

const NAMED_SECRET = /TOKEN|SECRET|PASSWORD|API_KEY|KEY_DATA|PAYLOAD_KEYS|OTLP_(\w+_)?HEADERS/;
/** What PERENNIAL_WEBHOOKS holds itself, in JSON or YAML, and the variables that it names as holding an address or a secret. */
const IN_WEBHOOKS = /\burl["']?\s*:\s*["']?([^\s"',}]+)/g;
const NAMED_BY_WEBHOOKS = /\b(?:urlFrom|secretFrom)["']?\s*:\s*["']?(\w+)/g;
/** Shorter ones would hide ordinary words. @format characters */
const SHORTEST = 6;
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi;
const HIDDEN = '[hidden]';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Hides, in a line that is about to be logged, every value of a variable whose name says that it is a secret, whole or one of its parts
 * (`name=value,…`, `id:key,…`), the addresses of webhooks and what signs them, and whatever stands before the `@` of an address. A last line of
 * defence: nothing is to log them.
 */
export function createHider(env: Environment): (line: string) => string {
  const webhooks = webhooksText(env['PERENNIAL_WEBHOOKS'] ?? '');
  const named = [...webhooks.matchAll(NAMED_BY_WEBHOOKS)].map(([, name]) => name);
  const addresses = [...webhooks.matchAll(IN_WEBHOOKS)].flatMap(([, url]) => url ?? []);
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (NAMED_SECRET.test(name) || named.includes(name)) ? partsOf(value) : [],
  );
  const longestFirst = [...new Set([...addresses, ...secrets])].sort((a, b) => b.length - a.length);
  return (line) => {
    let shown = line;
    for (const secret of longestFirst) shown = shown.replaceAll(secret, HIDDEN);
    return shown.includes('@') ? shown.replace(CREDENTIALS, `$1${HIDDEN}@`) : shown;
  };
}

/** The text, or that of the file it names; what cannot be read is refused elsewhere. */
function webhooksText(textOrPath: string): string {
  if (textOrPath === '' || /^\s*[[{]/.test(textOrPath)) return textOrPath;
  try {
    return readFileSync(textOrPath, 'utf8');
  } catch {
    return '';
  }
}

/** As they stand in a line of JSON, too. */
function partsOf(value: string): string[] {
  const parts = [value, ...value.split(',').map((part) => part.slice(part.search(/[=:]/) + 1).trim())];
  return parts
    .filter((part) => part.length >= SHORTEST)
    .flatMap((part) => [part, JSON.stringify(part).slice(1, -1)]);
}
