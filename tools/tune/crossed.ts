/** Every combination of the named values; the last name turns fastest. */
export function crossed(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  let all: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(grid))
    all = all.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  return all;
}
