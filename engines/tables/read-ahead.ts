/**
 * Reads items one after another and hands each over while the next one is being read, so that the reader's threads and the caller's
 * work go on at the same time; two items are in memory. An error of a read is thrown when its item's turn comes.
 */
export async function* readAhead<Item, Content>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Content>,
): AsyncGenerator<Content, void, undefined> {
  let waiting: Promise<Content>[] = [];
  for (const item of items) {
    const [before] = waiting;
    const ready = before === undefined ? [] : [await before];
    const next = read(item);
    // Its error is thrown when its turn comes, not before.
    next.catch(() => undefined);
    waiting = [next];
    yield* ready;
  }
  for (const last of waiting) yield await last;
}
