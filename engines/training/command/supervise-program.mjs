// Runs one program for a worker and sees to it that nothing of it is left: `node supervise-program.mjs <grace ms> <command> <args…>`.
// This process leads a process group of its own. Standard input is a pipe from the worker: when it closes, because the worker wants
// the program to stop or was killed, the group is asked to end and, after the grace, killed. How the program ended is written to file
// descriptor 3 as JSON. Plain JavaScript: it starts before each program, and must start fast.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

const [grace, command, ...args] = process.argv.slice(2);
const program = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

/** Kills the whole group, this process too: children that the program left behind end with it. */
const end = () => process.kill(0, 'SIGKILL');

const tell = (outcome) => {
  try {
    writeSync(3, JSON.stringify(outcome));
  } catch {
    // The worker is gone: nobody wants to know.
  }
  end();
};

// Meant for the program, as part of the group; this process stays until it has ended.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => undefined);

program.on('error', (error) => tell({ notStarted: error.code ?? error.message }));
program.on('exit', (code, signal) => tell(signal === null ? { code } : { signal }));

process.stdin.on('close', () => {
  process.kill(0, 'SIGTERM');
  setTimeout(end, Number(grace));
});
process.stdin.resume();
