import { readFile } from 'node:fs/promises';
import { fitOurs } from './trees-fit.js';
import { benchSets } from './trees-sets.js';

// One fit in a fresh process: nothing is compiled yet. Arguments: the set's name, and the file of the rows that take part.

const [name, keep = ''] = process.argv.slice(2);
const set = (await benchSets(process.env['PERENNIAL_BENCH_DATA'], true)).find((one) => one.name === name);
if (set === undefined) throw new Error(`set is '${name ?? ''}'; expected one of the small sets`);
console.log(JSON.stringify(fitOurs(set, await readFile(keep), 1)));
