import { exitWhenInterrupted } from './interrupted.js';
import { processIo } from './io.js';
import { createCli } from './program.js';

const io = processIo();
exitWhenInterrupted(io);
process.exitCode = await createCli(io).run(process.argv.slice(2));
