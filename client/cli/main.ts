import { processIo } from './io.js';
import { createCli } from './program.js';

process.exitCode = await createCli(processIo()).run(process.argv.slice(2));
