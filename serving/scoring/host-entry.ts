import { parentPort } from 'node:worker_threads';
import { PerennialError } from '../../domain/errors.js';
import { createScorerTable } from './scorer-table.js';
import type { HostReply, HostRequest } from './protocol.js';
import { endWithParent } from './watchdog.js';

/** Runs in a scorer thread or process: answers one request at a time, each exactly once. */
const table = createScorerTable();
let last: Promise<void> = Promise.resolve();

async function answer(request: HostRequest): Promise<HostReply> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'load':
        await table.load(request.model);
        return { id, ok: true, scored: null };
      case 'score':
        return { id, ok: true, scored: await table.score(request.key, request.rows) };
      case 'unload':
        await table.unload(request.key);
        return { id, ok: true, scored: null };
    }
  } catch (error) {
    const type = error instanceof PerennialError ? error.type : TYPE_OF_OTHERS[request.kind];
    return { id, ok: false, type, message: error instanceof Error ? error.message : String(error) };
  }
}

const TYPE_OF_OTHERS = { load: 'model-unusable', score: 'model-failed', unload: 'model-failed' } as const;

function listen(reply: (reply: HostReply) => void): (request: HostRequest) => void {
  return (request) => {
    last = last.then(async () => reply(await answer(request)));
  };
}

if (parentPort === null) {
  endWithParent();
  process.on(
    'message',
    listen((reply) => void process.send?.(reply)),
  );
} else {
  const port = parentPort;
  port.on(
    'message',
    listen((reply) => port.postMessage(reply)),
  );
}
