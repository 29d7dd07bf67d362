import { exitWhenInterrupted } from './interrupted.js';
import { processIo } from './io.js';
import { createCli } from './program.js';

// `perennial … | head`: nobody reads any more, and that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const io = processIo();
exitWhenInterrupted(io);
process.exitCode = await createCli(io).run(process.argv.slice(2));
