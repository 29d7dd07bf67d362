import { startTemporalServer } from '../../client/servers/temporal-server.js';

// Starts a dev server on the folder that its argument names, prints where it is, and stays until somebody ends it.
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('the first argument names the data folder');
const { address, pid } = await startTemporalServer({ dataDir });
console.log(JSON.stringify({ address, pid }));
setInterval(() => undefined, 60_000);
