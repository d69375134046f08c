import type { Random } from "../../src/runtime.ts";

/** The same numbers for the same seed, on every runtime: xoshiro128**, its state filled by splitmix32. */
export class SeededRandom implements Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number) {
    let state = seed >>> 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next();
  }

  integer(below: number): number {
    if (!(below >= 1 && below <= 2 ** 48)) throw new RangeError(`No integer below ${below}`);
    // 53 bits against at most 48: no number is favoured by more than one part in 32.
    return Math.floor(((this.uint32() * 2 ** 21 + (this.uint32() >>> 11)) / 2 ** 53) * below);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.uint32() >>> 24;
    return bytes;
  }

  /** Another sequence, that this one decides. */
  fork(): SeededRandom {
    return new SeededRandom(this.uint32());
  }

  private uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotateLeft(this.d, 11);
    return result;
  }
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}
