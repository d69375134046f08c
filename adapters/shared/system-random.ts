import type { Random } from "../../src/runtime.ts";

/** Fills at most 64 KiB with the operating system's random numbers. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => void;

const maxFillBytes = 65_536;
const drawn = 2 ** 48;

/** The operating system's random numbers. */
export function createSystemRandom(fill: FillRandom): Random {
  const bytes = (length: number): Uint8Array => {
    const result = new Uint8Array(length);
    for (let start = 0; start < length; start += maxFillBytes) fill(result.subarray(start, start + maxFillBytes));
    return result;
  };
  return {
    integer(below) {
      if (!(below >= 1 && below <= drawn)) throw new RangeError(`No integer below ${below}`);
      // What is above the last whole multiple would favour the small numbers.
      const end = drawn - (drawn % below);
      for (;;) {
        const number = bytes(6).reduce((value, byte) => value * 256 + byte, 0);
        if (number < end) return number % below;
      }
    },
    bytes,
  };
}
