// A program for the trainer `command`, for tests: `trainer-program.mjs <folder>` does what `params.do` of its request says, with the files
// of the folder MODELS.
import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

if (process.argv[2] === '--version') {
  console.log(process.env.VERSION_LINE ?? 'trainer-program 1');
  process.exit(Number(process.env.VERSION_CODE ?? 0));
}

const folder = process.argv.at(-1);
const request = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8'));
const { params } = request;
const write = (name, text) => writeFileSync(join(folder, name), text);
const model = (name) => copyFileSync(join(process.env.MODELS, name), join(folder, request.write.model));

if (process.env.RUNS !== undefined) appendFileSync(process.env.RUNS, `${params.do}\n`);

const actions = {
  copy() {
    model(params.model);
    console.log('reading rows');
    console.log(JSON.stringify({ epoch: 7, epochs: 9, loss: 0.5, other: [1] }));
    if (params.metrics !== undefined) write(request.write.metrics, params.metrics);
    if (params.scores !== undefined) write(request.write.scores, params.scores);
  },
  report() {
    const report = { env: process.env, request, files: {}, cwd: process.cwd(), folder };
    for (const name of ['train', 'validation'])
      report.files[name] = readFileSync(join(folder, request.read[name])).length;
    report.spec = JSON.parse(readFileSync(join(folder, request.read.spec), 'utf8'));
    writeFileSync(join(process.env.MODELS, 'report.json'), JSON.stringify(report));
    model('good.onnx');
  },
  exit() {
    console.error('Traceback: line 1\n  ValueError: x is not what it was');
    process.exit(params.code);
  },
  kill: () => process.kill(process.pid, 'SIGKILL'),
  nothing: () => undefined,
  empty: () => write(request.write.model, ''),
  link: () => symlinkSync(join(process.env.MODELS, 'good.onnx'), join(folder, request.write.model)),
  async unlucky() {
    // Ends well only once the file has been there for two runs.
    if (readFileSync(process.env.RUNS, 'utf8').trim().split('\n').length < 3) process.exit(75);
    model('good.onnx');
  },
  async memory() {
    const held = [];
    for (;;) {
      held.push(Buffer.alloc(16 * 2 ** 20, 1));
      await sleep(50);
    }
  },
  /** Never ends, and neither does its child; both say who they are. */
  async hang() {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit' });
    writeFileSync(join(process.env.MODELS, 'pids.json'), JSON.stringify([process.pid, child.pid]));
    for (let epoch = 1; ; epoch++) {
      console.log(JSON.stringify({ epoch, epochs: 1000000 }));
      await sleep(50);
    }
  },
};
await actions[params.do]();
