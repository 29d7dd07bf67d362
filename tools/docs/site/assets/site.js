// Theme, drawer of pages on narrow screens, search. No library, no request but for files of this site.
const html = document.documentElement;
const root = html.dataset.root ?? '';
const one = (selector) => document.querySelector(selector);

one('.theme').addEventListener('click', () => {
  const dark = html.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  html.dataset.theme = dark === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', html.dataset.theme);
  } catch {
    // No storage here: it holds for this page.
  }
});

const menu = one('.menu');
const openMenu = (open) => {
  html.classList.toggle('pages-open', open);
  menu.setAttribute('aria-expanded', String(open));
};
menu.addEventListener('click', () => openMenu(!html.classList.contains('pages-open')));
one('#pages [aria-current]')?.scrollIntoView({ block: 'nearest' });

const input = one('.search input');
const list = one('.found');
let entries;

function loadIndex() {
  entries ??= new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = `${root}assets/search.js`;
    script.addEventListener('load', () => {
      resolve(
        globalThis.perennialSearch.map(([page, heading, address, text]) => ({
          ...{ page, heading, address, text },
          ...{ pageLow: page.toLowerCase(), headingLow: heading.toLowerCase(), textLow: text.toLowerCase() },
        })),
      );
    });
    document.head.append(script);
  });
  return entries;
}

/** Common words of error messages that find everything. */
const IDLE = new Set(['a', 'an', 'and', 'error', 'expected', 'in', 'is', 'it', 'of', 'or', 'the', 'to']);
const allWords = (query) => query.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [];
const tellingWords = (words) => {
  const telling = words.filter((word) => !IDLE.has(word));
  return telling.length === 0 ? words : telling;
};

/** How well a place answers. In a short query the heading counts most; a pasted error is found by words that stand together. */
function score(entry, words, all) {
  const pasted = all.length > 4;
  let sum = 0;
  let missed = 0;
  for (const word of words) {
    if (entry.headingLow === word) sum += pasted ? 8 : 40;
    else if (entry.headingLow.includes(word)) sum += pasted ? 4 : 12;
    else if (entry.pageLow.includes(word)) sum += pasted ? 2 : 6;
    else if (entry.textLow.includes(word)) sum += 2;
    else missed += 1;
  }
  if (missed > Math.floor(words.length / 2)) return 0;
  const together = all.slice(1).filter((word, i) => entry.textLow.includes(`${all[i]} ${word}`)).length;
  return sum - 3 * missed + (pasted ? 5 : 2) * together;
}

function excerpt({ text, textLow }, words) {
  const at = Math.min(...words.map((word) => textLow.indexOf(word)).filter((index) => index >= 0), Infinity);
  const from = Number.isFinite(at) ? Math.max(0, at - 40) : 0;
  return `${from > 0 ? '…' : ''}${text.slice(from, from + 140)}…`;
}

function resultOf(entry, words) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = root + entry.address;
  const title = document.createElement('strong');
  title.textContent = entry.heading === '' || entry.heading === entry.page ? entry.page : entry.heading;
  const where = document.createElement('span');
  where.textContent = entry.page;
  const text = document.createElement('p');
  text.textContent = excerpt(entry, words);
  link.append(title, where, text);
  item.append(link);
  return item;
}

async function search() {
  const all = allWords(input.value);
  const words = tellingWords(all);
  if (words.length === 0) return void (list.hidden = true);
  const found = (await loadIndex())
    .map((entry) => ({ entry, points: score(entry, words, all) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, 12);
  const nothing = document.createElement('li');
  nothing.className = 'nothing';
  nothing.textContent = 'Nothing found.';
  list.replaceChildren(
    ...(found.length === 0 ? [nothing] : found.map(({ entry }) => resultOf(entry, words))),
  );
  list.hidden = false;
}

function closeAll() {
  list.hidden = true;
  openMenu(false);
}

input.addEventListener('focus', loadIndex);
input.addEventListener('input', search);
list.addEventListener('click', () => (list.hidden = true));
document.addEventListener('click', ({ target }) => {
  if (!target.closest('.search')) list.hidden = true;
});
document.addEventListener('keydown', (event) => {
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  if (event.key === '/' && document.activeElement === document.body) input.focus();
  else if (event.key === 'Escape') closeAll();
  else if (event.key === 'Enter' && document.activeElement === input) links[0]?.click();
  else if (event.key === 'ArrowDown' && !list.hidden) (links[at + 1] ?? links[0])?.focus();
  else if (event.key === 'ArrowUp' && at >= 0) (links[at - 1] ?? input).focus();
  else return;
  event.preventDefault();
});
