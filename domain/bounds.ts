/** Length of a value as JSON in UTF-8: what it costs in a payload. @format bytes */
export const jsonBytes = (value: unknown): number =>
  new TextEncoder().encode(JSON.stringify(value) ?? '').length;

/** How much a list may hold. */
export interface ListBounds {
  readonly count: number;
  /** Of the whole list as JSON. */
  readonly bytes: number;
}

/** Appends a member and drops the oldest ones until the list is within its bounds. A member that alone is too big is not kept. */
export function keepNewest<T>(list: T[], item: T, { count, bytes }: ListBounds): void {
  list.push(item);
  while (list.length > 0 && (list.length > count || jsonBytes(list) > bytes)) list.shift();
}

/** A text of at most `length` characters; a longer one ends in `…`. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A text of at most `bytes` as JSON; a longer one ends in `…`. */
export function clipBytes(text: string, bytes: number): string {
  if (jsonBytes(text) <= bytes) return text;
  let left = bytes - jsonBytes('…');
  let kept = '';
  for (const sign of text) {
    left -= jsonBytes(sign) - jsonBytes('');
    if (left < 0) break;
    kept += sign;
  }
  return `${kept}…`;
}
