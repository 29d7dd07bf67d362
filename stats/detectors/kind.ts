import type { Detector, DetectorKind, Flags, Method, Parameters, SavedDetector } from './types.js';

/** Makes a table entry of a method: checks parameters and values, resets after alarms, saves and restores. */
export function detectorKind<P extends Parameters, S extends Flags>(method: Method<P, S>): DetectorKind {
  const compile = (given: Parameters): P => {
    const params = merge(method.name, method.defaults, given);
    method.check?.(params);
    return params;
  };
  return {
    name: method.name,
    input: method.input,
    defaults: method.defaults,
    sensitivity: method.sensitivity,
    create: (given = {}) => {
      const params = compile(given);
      return new Running(method, params, method.fresh(params));
    },
    restore: (saved) => {
      const params = compile(saved.params);
      return new Running(method, params, revive(method, params, saved));
    },
  };
}

class Running<P extends Parameters, S extends Flags> implements Detector {
  readonly name: string;
  readonly params: P;
  private readonly method: Method<P, S>;
  private state: S;

  constructor(method: Method<P, S>, params: P, state: S) {
    this.name = method.name;
    this.params = params;
    this.method = method;
    this.state = state;
  }

  get drift(): boolean {
    return this.state.drift;
  }

  get warning(): boolean {
    return this.state.warning;
  }

  update(value: number): void {
    const { input } = this.method;
    if (!Number.isFinite(value))
      throw new RangeError(
        `${this.name} was given ${value}; leave out values that are missing or not finite.`,
      );
    if (input === 'errors' && value !== 0 && value !== 1)
      throw new RangeError(`${this.name} takes errors, 0 or 1, and was given ${value}.`);
    if (input === 'bounded' && !(value >= 0 && value <= 1))
      throw new RangeError(`${this.name} takes numbers in [0, 1] and was given ${value}; scale them first.`);
    if (this.state.drift) this.state = this.method.fresh(this.params);
    this.method.step(this.state, this.params, value);
  }

  save(): SavedDetector {
    return { detector: this.name, params: { ...this.params }, state: encode(this.state) };
  }
}

function merge<P extends Parameters>(name: string, defaults: P, given: Parameters): P {
  for (const [key, value] of Object.entries(given)) {
    const usual = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
    if (usual === undefined)
      throw new RangeError(`${name} has no parameter ${key}; it takes ${Object.keys(defaults).join(', ')}.`);
    if (typeof value !== typeof usual || Number.isNaN(value))
      throw new RangeError(
        `${name}: ${key} is ${String(value)}; give a ${typeof usual} such as ${String(usual)}.`,
      );
  }
  return { ...defaults, ...given };
}

// JSON has no infinities: they travel as the texts "Infinity" and "-Infinity", which no detector keeps otherwise.
function encode(state: unknown): unknown {
  if (state === Infinity || state === -Infinity) return String(state);
  if (state instanceof Uint32Array) return Array.from(state);
  if (Array.isArray(state)) return state.map(encode);
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(Object.entries(state).map(([key, part]) => [key, encode(part)]));
}

/** Rebuilds a state on the shape of a fresh one; anything else was not saved by this method. */
function revive<P extends Parameters, S extends Flags>(
  method: Method<P, S>,
  params: P,
  saved: SavedDetector,
): S {
  if (saved.detector !== method.name)
    throw new RangeError(`A saved ${saved.detector} cannot go on as ${method.name}.`);
  const fresh = method.fresh(params);
  const decoded = decodeLike(fresh, saved.state);
  if (decoded === undefined)
    throw new RangeError(`The saved state of ${method.name} does not fit its shape; start a fresh detector.`);
  return decoded;
}

function decodeLike<T>(shape: T, saved: unknown): T | undefined {
  const decoded = decode(shape, saved);
  return decoded === MISFIT ? undefined : (decoded as T);
}

const MISFIT = Symbol('misfit');

function decode(shape: unknown, saved: unknown): unknown {
  if (typeof shape === 'number') {
    const number = saved === 'Infinity' ? Infinity : saved === '-Infinity' ? -Infinity : saved;
    return typeof number === 'number' ? number : MISFIT;
  }
  if (Array.isArray(shape))
    return Array.isArray(saved) ? saved.map((part: unknown) => decodeFree(part)) : MISFIT;
  if (typeof shape !== 'object' || shape === null) return typeof saved === typeof shape ? saved : MISFIT;
  if (typeof saved !== 'object' || saved === null) return MISFIT;
  const held = new Map<string, unknown>(Object.entries(saved));
  const parts = Object.entries(shape).map(([key, part]): [string, unknown] => [
    key,
    decode(part, held.get(key)),
  ]);
  return parts.some(([, part]) => part === MISFIT) ? MISFIT : Object.fromEntries(parts);
}

function decodeFree(saved: unknown): unknown {
  if (saved === 'Infinity') return Infinity;
  if (saved === '-Infinity') return -Infinity;
  return Array.isArray(saved) ? saved.map((part: unknown) => decodeFree(part)) : saved;
}
