import { join } from 'node:path';
import type { Logger } from 'pino';
import { createLocalStore } from '../storage/objects/local-store.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { openStore } from '../storage/objects/open-store.js';
import { isS3Address } from '../storage/objects/s3/s3-settings.js';
import { createRegistry } from '../storage/registry/registry.js';
import { createSteppedClock, createWallClock } from './clock.js';
import type { ServingConfig } from './config.js';
import type { RequestTraces } from './request-traces.js';
import { createFleet } from './fleet.js';
import { createHeard } from './heard.js';
import { createApp } from './http/app.js';
import { createFeedbackLimit } from './http/feedback-limit.js';
import { createKeptState } from './kept-state.js';
import { patientStore } from './patient-store.js';
import { modelOpener } from './open-model.js';
import { createServingMetrics } from './metrics.js';
import { messageOf } from './message-of.js';
import { loadVersion, type VersionSource } from './roles/load-version.js';
import { shadowsOf } from './roles/assignment.js';
import { spawnProcess, spawnThread } from './scoring/host.js';
import { createLane, type Lane } from './scoring/lane.js';
import { claimFolder } from './spool-claim.js';
import { watchStore, type StoreState } from './store-contact.js';

/** A prediction server that listens. */
export interface ServingServer {
  readonly url: string;
  /** Starts the scorer of shadows ahead of the first pin that names one, which then takes milliseconds. */
  warm(): void;
  /**
   * Takes no new requests, finishes those it has, lets shadows finish, makes the log durable, ends its scorers. Twice is fine.
   * False when a scorer thread hangs in native code: then only a kill ends this process.
   */
  close(): Promise<boolean>;
}

/**
 * Starts serving: claims the spool folder, obeys what it obeyed before and then the store, listens. Throws when the folder
 * belongs to a live process or cannot be used, or the port is taken; a store that is away does not stop it.
 */
export async function startServing(
  config: ServingConfig,
  log: Logger,
  traces?: RequestTraces,
): Promise<ServingServer> {
  const unclaim = await claimFolder(config.spool);
  const open = (): ObjectStore => openStore(config.store, { cache: join(config.spool, 'cache') });
  // A bucket is opened here without a request, so that an address or environment that cannot be used is refused at once.
  const opened = isS3Address(config.store) ? open() : patientStore(`file:${config.store}`, open);
  const { store: shared, state: storeState } = watchStore(opened, (state) => tellStore(log, state));
  const source: VersionSource = {
    shared,
    kept: createLocalStore({ root: join(config.spool, 'versions') }),
    onNotKept: ({ version }, error) =>
      log.warn(
        { version, reason: messageOf(error) },
        'a version serves, but no copy of it could be kept here',
      ),
  };
  const kept = createKeptState(join(config.spool, 'state'));
  const clock = config.clock === 'stepped' ? await createSteppedClock(kept.clock) : createWallClock();
  const lanes = { champion: lane('champion', log), shadow: lane('shadow', log) };
  const monotonic = (): number => performance.now();
  const start = await kept.countStart();
  const fleet = createFleet({
    registry: createRegistry(shared),
    kept,
    log,
    storeState,
    monotonic,
    open: modelOpener({ config, source, kept, clock, lanes, log, traces, monotonic, start }),
    probe: async (aliases) => {
      const first = aliases.champion ?? shadowsOf(aliases)[0]?.ref;
      if (first !== undefined) await loadVersion(source, aliases.model, first);
    },
  });
  await fleet.start();
  let closing: Promise<boolean> | undefined;
  const heard = createHeard();
  const ports = {
    fleet,
    ...{ clock, heard, traces },
    feedbackLimit: createFeedbackLimit(config.feedbackPerMinute, monotonic),
    metrics: createServingMetrics({ fleet, heard, flushMs: config.flushMs }),
    manifestOf: createRegistry(shared).getManifest,
    stopping: () => closing !== undefined,
  };
  const app = createApp(ports, { ...config, logger: log });
  const url = await app.listen({ host: config.host, port: config.port });
  const stopLoops = [repeat(config.pollMs, fleet.poll), repeat(config.flushMs, fleet.flush)];
  const close = async (): Promise<boolean> => {
    await Promise.all(stopLoops.map((stop) => stop()));
    await app.close();
    await fleet.close();
    const ended = await Promise.all([lanes.champion.close(), lanes.shadow.close()]);
    await unclaim();
    return !ended.includes(false);
  };
  return { url, warm: lanes.shadow.warm, close: () => (closing ??= close()) };
}

function tellStore(log: Logger, { reachable, reason }: StoreState): void {
  if (reachable) log.info('the store is reachable');
  else log.warn({ reason }, 'the store is away; serving goes on with what is here');
}

/**
 * The champion scores in a thread, the quickest way off the event loop; shadows, which nobody has trusted yet, in a process of
 * their own that may crash or hang.
 */
function lane(name: 'champion' | 'shadow', log: Logger): Lane {
  return createLane({
    name,
    spawn: name === 'champion' ? spawnThread : spawnProcess,
    loadWithinMs: 30_000,
    scoreWithinMs: name === 'champion' ? 10_000 : 5_000,
    onStarted: (pid) => log.info({ scorer: name, scorerPid: pid ?? null }, 'a scorer was started'),
    onLost: (why) => log.error({ scorer: name, reason: why }, 'a scorer ended; another starts when needed'),
  });
}

/** Does work again and again, each time `ms` after the last one ended. Stopping waits for the one under way. */
function repeat(ms: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().finally(next);
    }, ms);
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
