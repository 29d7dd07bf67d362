import { describe, expect, it } from 'vitest';
import { packBytes, unpackBytes } from './byte-container.js';

const contents = {
  header: { b: 1, a: ['x'] },
  arrays: { w: Float32Array.of(1.5, -2), v: new Float32Array() },
};

describe('packed bytes', () => {
  it('hold what was packed', () => {
    expect(unpackBytes(packBytes(contents), 'test')).toEqual(contents);
  });

  it('are equal for equal contents, whatever the order of keys', () => {
    const { header, arrays } = contents;
    const other = { header: { a: header.a, b: header.b }, arrays: { v: arrays.v, w: arrays.w } };
    expect(packBytes(other)).toEqual(packBytes(contents));
  });

  it('are refused when any bit is changed or any byte is missing', () => {
    const bytes = packBytes(contents);
    for (let i = 0; i < bytes.length; i++) {
      const flipped = bytes.slice();
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(() => unpackBytes(flipped, 'weights')).toThrow('weights is');
      expect(() => unpackBytes(bytes.slice(0, i), 'weights')).toThrow('whole and unchanged');
    }
  });
});
