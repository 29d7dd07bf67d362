// Loaded into every process that Perennial starts (`--import`). Standard input is a pipe from the parent: when it closes, the parent
// is gone, also after kill -9, and this process asks itself to end in order. Without it a crash of `perennial up` would leave a
// worker and a server behind.
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
