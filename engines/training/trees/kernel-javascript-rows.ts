import { mixBits } from './hash.js';
import type { Kernel } from './kernel.js';
import { exponential } from './kernel-math.js';
import type { TreeMemory } from './memory.js';

type RowKernel = Pick<
  Kernel,
  'binNumbers' | 'interleave' | 'sampleRows' | 'partition' | 'addLeaf' | 'addTree' | 'softmax'
>;

/** Twins of `assembly/rows.ts`. */
export function createRowTwins(memory: TreeMemory): RowKernel {
  return { ...binTwins(memory), ...splitTwins(memory), ...scoreTwins(memory), softmax: softmaxTwin(memory) };
}

// Reads in bounds by construction; `?? 0` only satisfies the checker and costs nothing that matters here.

function binTwins({ u8, f32, f64 }: TreeMemory): Pick<Kernel, 'binNumbers' | 'interleave'> {
  return {
    binNumbers({ values, count, bounds, missing, column }) {
      for (let i = 0; i < count; i++) {
        const x = Math.fround(f64[values / 8 + i] ?? 0);
        let position = 0;
        for (let step = 128; step > 0; step >>= 1) {
          if (x > (f32[bounds / 4 + position + step - 1] ?? 0)) position += step;
        }
        u8[column + i] = x !== x ? missing : position;
      }
    },
    interleave({ column, count, target, stride }) {
      for (let i = 0; i < count; i++) u8[target + i * stride] = u8[column + i] ?? 0;
    },
  };
}

function splitTwins({ u8, u32 }: TreeMemory): Pick<Kernel, 'sampleRows' | 'partition'> {
  return {
    sampleRows({ count, salt, limit, rows, scratch }) {
      let inside = 0;
      let outside = 0;
      for (let i = 0; i < count; i++) {
        if (mixBits((i ^ salt) >>> 0) < limit) u32[rows / 4 + inside++] = i;
        else u32[scratch / 4 + outside++] = i;
      }
      u32.copyWithin(rows / 4 + inside, scratch / 4, scratch / 4 + outside);
      return inside;
    },
    partition({ rows, count, column, table, scratch }) {
      let left = 0;
      let right = 0;
      for (let i = 0; i < count; i++) {
        const row = u32[rows / 4 + i] ?? 0;
        if (u8[table + (u8[column + row] ?? 0)] === 1) u32[rows / 4 + left++] = row;
        else u32[scratch / 4 + right++] = row;
      }
      u32.copyWithin(rows / 4 + left, scratch / 4, scratch / 4 + right);
      return left;
    },
  };
}

function scoreTwins({ u8, i32, u32, f64 }: TreeMemory): Pick<Kernel, 'addLeaf' | 'addTree'> {
  return {
    addLeaf({ scores, rows, count, value }) {
      for (let i = 0; i < count; i++) {
        const at = scores / 8 + (u32[rows / 4 + i] ?? 0);
        f64[at] = (f64[at] ?? 0) + value;
      }
    },
    addTree({ scores, bins, stride, rows, count, nodes, tables, values }) {
      for (let i = 0; i < count; i++) {
        const row = u32[rows / 4 + i] ?? 0;
        let node = 0;
        let input = i32[nodes / 4] ?? -1;
        while (input >= 0) {
          const left = u8[tables + node * 256 + (u8[bins + row * stride + input] ?? 0)] === 1;
          node = i32[nodes / 4 + node * 4 + (left ? 1 : 2)] ?? 0;
          input = i32[nodes / 4 + node * 4] ?? -1;
        }
        const at = scores / 8 + row;
        f64[at] = (f64[at] ?? 0) + (f64[values / 8 + node] ?? 0);
      }
    },
  };
}

function softmaxTwin({ f64 }: TreeMemory): Kernel['softmax'] {
  return ({ scores, bases, count, classes, probabilities }) => {
    for (let i = 0; i < count; i++) {
      let most = -Infinity;
      for (let k = 0; k < classes; k++) {
        const score = (f64[scores / 8 + k * count + i] ?? 0) + (f64[bases / 8 + k] ?? 0);
        f64[probabilities / 8 + k * count + i] = score;
        if (score > most) most = score;
      }
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const at = probabilities / 8 + k * count + i;
        const e = exponential((f64[at] ?? 0) - most);
        f64[at] = e;
        sum += e;
      }
      for (let k = 0; k < classes; k++) {
        const at = probabilities / 8 + k * count + i;
        f64[at] = (f64[at] ?? 0) / sum;
      }
    }
  };
}
