import { setTimeout } from "node:timers";
import type { Job } from "../../../src/runtime.ts";

/** The sum of the bytes; the input is added. */
export const sum: Job<{ readonly add: number }, number> = {
  name: "sum",
  run: (source, { add }) => ({ output: source.reduce((total, byte) => total + byte, add) }),
};

/** The source backwards; as bytes that fill their buffer, or as a part of larger ones. */
export const reverse: Job<{ readonly asPart: boolean }, null> = {
  name: "reverse",
  run(source, { asPart }) {
    source.reverse();
    if (!asPart) return { output: null, bytes: new Uint8Array(source) };
    const larger = new Uint8Array(source.length + 20);
    larger.set(source, 10);
    return { output: null, bytes: larger.subarray(10, 10 + source.length) };
  },
};

/** CRC-32C and the size of the source once compressed by each codec. */
export const measure: Job<null, { readonly crc: number; readonly sizes: readonly number[] }> = {
  name: "measure",
  run(source, _input, { checksums, compression }) {
    const { gzip, snappy, lz4, zstd } = compression;
    return {
      output: { crc: checksums.crc32c(source), sizes: [gzip, snappy, lz4, zstd].map((one) => one(source).length) },
    };
  },
};

/** Whether the source comes out of zstd as it went in. */
export const viaZstd: Job<null, boolean> = {
  name: "viaZstd",
  run(source, _input, { compression }) {
    const content = compression.unzstd(compression.zstd(source), source.length);
    return { output: content.every((byte, index) => byte === source[index]) && content.length === source.length };
  },
};

export const fail: Job<string, never> = {
  name: "fail",
  run(_source, message) {
    throw new RangeError(message);
  },
};

/** Holds its thread for a while. */
export const spin: Job<{ readonly forMs: number }, number> = {
  name: "spin",
  run(_source, { forMs }) {
    const startMs = performance.now();
    while (performance.now() - startMs < forMs);
    return { output: startMs };
  },
};

interface Meeting {
  readonly arrived: Int32Array;
  readonly count: number;
}

const longestMeetingMs = 20_000;

/** Holds its thread until so many have arrived, or it waits in vain; answers how many have. */
export const meet: Job<Meeting, number> = {
  name: "meet",
  run(_source, { arrived, count }) {
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
    const startMs = performance.now();
    for (;;) {
      const present = Atomics.load(arrived, 0);
      if (present >= count || performance.now() - startMs > longestMeetingMs) return { output: present };
      Atomics.wait(arrived, 0, present, longestMeetingMs);
    }
  },
};

/** Leaves something behind that ends the thread, and waits for nothing. */
export const poison: Job<null, null> = {
  name: "poison",
  run() {
    setTimeout(() => {
      throw new Error("The thread is poisoned");
    }, 0);
    return { output: null };
  },
};

/** A number of the thread's own. */
export const identify: Job<{ readonly forMs: number }, number> = {
  name: "identify",
  run(source, input, tools) {
    spin.run(source, input, tools);
    return { output: identity };
  },
};

const identity = Math.random();

export const testJobs: readonly Job<never, unknown>[] = [
  sum,
  reverse,
  measure,
  viaZstd,
  fail,
  spin,
  meet,
  poison,
  identify,
];
