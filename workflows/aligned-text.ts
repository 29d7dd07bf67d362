/** Columns that fit beside the other pane of the Web UI's page; longer lines are cut off there. */
const WIDTH = 56;

/** A fenced block: the Web UI renders Markdown tables without borders. */
export const textBlock = (lines: readonly string[]): string => ['```text', ...lines, '```'].join('\n');

/** Names and values in two columns; a long value goes on in the second column. */
export function alignedPairs(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.flatMap(([name, value]) => {
    const [first = '', ...rest] = wrapText(value, WIDTH - width);
    return [`${name.padEnd(width)}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(width)}${line}`)];
  });
}

/** Breaks text between words into lines of at most `width` characters; a longer word stands alone, a number keeps its `%`. */
export function wrapText(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** An instant as people read it: `2011-04-30 23:00 UTC`. */
export const readableTime = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;
