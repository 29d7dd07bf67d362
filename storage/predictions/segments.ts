import { objectKey } from '../../domain/names.js';
import { epoch } from '../../domain/references.js';
import type { ObjectStore } from '../objects/object-store.js';
import { newestEventIn } from './newest-event.js';
import { cover, mergedKey, parsePiece, type Piece } from './segment-keys.js';

/** Segments that become one object once all of them are there; then as many of those. */
const FAN_IN = 64;
const LEVELS = [FAN_IN, FAN_IN * FAN_IN] as const;

/** Pieces that together are larger than this are read quickly enough as they are. */
const MAX_MERGED_BYTES = 64 * 1024 * 1024;

/** Which part of a log is wanted. */
export interface LogPart {
  /** Rows with earlier event times are not needed: files that hold nothing else are left out. */
  readonly from?: string;
}

/**
 * Local files (JSON lines) that together hold a model's whole prediction log once, for DuckDB's `read_json`. Full groups of 64
 * segments are merged into one object on the way; what is merged depends on the segments alone and is created once, so any
 * process may do it at any time. Empty when nothing was logged, or nothing of the asked part.
 */
export function predictionSegments(
  store: ObjectStore,
  model: string,
  { from }: LogPart = {},
): Promise<string[]> {
  return stageLog(store, objectKey.predictions(model), from);
}

/** Like {@link predictionSegments} for labels that arrived by feedback. Replicas may hold the same outcome each. */
export function outcomeSegments(store: ObjectStore, model: string): Promise<string[]> {
  return stageLog(store, objectKey.outcomes(model));
}

/** The same of some logs alone, which are named as replicas are: what was imported. */
export async function segmentsOf(
  store: ObjectStore,
  model: string,
  logs: readonly string[],
): Promise<{ readonly predictions: string[]; readonly outcomes: string[] }> {
  const staged = async (prefix: string): Promise<string[]> =>
    (await Promise.all(logs.map((log) => stageReplica(store, `${prefix}${log}/`)))).flat();
  return {
    predictions: await staged(objectKey.predictions(model)),
    outcomes: await staged(objectKey.outcomes(model)),
  };
}

/** The stored pieces below one replica's prefix. */
export async function listPieces(store: ObjectStore, prefix: string): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const { key, bytes } of store.list(prefix)) {
    const piece = parsePiece(prefix, key, bytes);
    if (piece !== undefined) pieces.push(piece);
  }
  return pieces;
}

async function stageLog(store: ObjectStore, prefix: string, from?: string): Promise<string[]> {
  const staged: string[] = [];
  for (const replica of await store.folders(prefix))
    staged.push(...(await stageReplica(store, `${prefix}${replica}/`, from)));
  return staged;
}

async function stageReplica(store: ObjectStore, prefix: string, from?: string): Promise<string[]> {
  const pieces = await mergeFullGroups(store, prefix, cover(await listPieces(store, prefix)));
  return (await Promise.all(pieces.map((piece) => stageIfNeeded(store, piece, from)))).flat();
}

async function stageIfNeeded(store: ObjectStore, { key, bytes }: Piece, from?: string): Promise<string[]> {
  const path = await store.stage(key);
  if (from === undefined) return [path];
  return (await newestEventIn(path, `${path}:${bytes}`)) >= epoch(from) ? [path] : [];
}

async function mergeFullGroups(store: ObjectStore, prefix: string, pieces: Piece[]): Promise<Piece[]> {
  let merged = pieces;
  for (const size of LEVELS) {
    const next: Piece[] = [];
    for (const group of groupsOf(merged, size)) {
      const whole = isFull(group, size) ? await merge(store, prefix, group) : undefined;
      if (whole === undefined) next.push(...group);
      else next.push(whole);
    }
    merged = next;
  }
  return merged;
}

/** Pieces by the aligned block of `size` segments that they belong to. */
function groupsOf(pieces: readonly Piece[], size: number): Piece[][] {
  const groups = new Map<number, Piece[]>();
  for (const piece of pieces) {
    const index = Math.floor((piece.from - 1) / size);
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [piece]);
    else group.push(piece);
  }
  return [...groups.values()];
}

function isFull(group: readonly Piece[], size: number): boolean {
  const segments = group.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const bytes = group.reduce((sum, piece) => sum + piece.bytes, 0);
  return group.length > 1 && segments === size && bytes <= MAX_MERGED_BYTES;
}

/** Writes a full group as one object; undefined when a piece has gone meanwhile, so that nothing is left out. */
async function merge(
  store: ObjectStore,
  prefix: string,
  group: readonly Piece[],
): Promise<Piece | undefined> {
  const parts: Uint8Array[] = [];
  for (const { key } of group) {
    const object = await store.get(key);
    if (object === undefined) return undefined;
    parts.push(object.bytes);
  }
  const from = Math.min(...group.map((piece) => piece.from));
  const to = Math.max(...group.map((piece) => piece.to));
  const key = mergedKey(prefix, from, to);
  const bytes = Buffer.concat(parts);
  await store.put(key, bytes, { ifNoneMatch: '*' });
  return { key, from, to, bytes: bytes.length };
}
