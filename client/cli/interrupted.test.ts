import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { nodeArguments } from '../processes/child.js';
import { projectRoot } from '../servers/project-root.js';

it(
  'Ctrl-C while a server is waited for ends as the signal does (130 in a shell), with one line',
  { timeout: 60_000 },
  async () => {
    // Takes the connection and never answers.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const args = [...nodeArguments('client/cli/main.ts'), 'status', 'm', '--address', `127.0.0.1:${port}`];
    const child = spawn(process.execPath, args, { cwd: projectRoot(), stdio: ['pipe', 'pipe', 'pipe'] });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    server.once('connection', () => child.kill('SIGINT'));
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    server.close();
    const [out, err] = await said;
    expect({ code, signal, out }).toEqual({ code: null, signal: 'SIGINT', out: '' });
    expect(err.split('\n').filter((line) => line !== '' && !line.endsWith('…'))).toEqual([
      'interrupted; what was asked of the servers goes on there',
    ]);
  },
);
