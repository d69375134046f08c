import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { pathCalls } from "../files/path-calls.ts";
import { type NamedCall, READ, SharedCall, STOP, SYNC, TRUNCATE, WRITE } from "./shared-call.ts";

/** Calls on descriptors that the loop has opened. They throw, or return less than 0, when they fail. */
export interface DescriptorCalls {
  /** Writes some of the source; returns how many bytes. */
  write(descriptor: number, source: Uint8Array, position: number): number;
  truncate(descriptor: number, sizeBytes: number): number;
  /** Returns how many bytes were read, which may be fewer than the target holds; 0 at the end of the file. */
  read(descriptor: number, target: Uint8Array, position: number): number;
  sync(descriptor: number): number;
}

const namedCalls = {
  ...pathCalls,
  /** Changes the time of a directory. Like a write, it has to wait when the file system takes no changes. */
  touch(path: string): void {
    const now = new Date();
    utimesSync(path, now, now);
  },
  syncDirectory(path: string): void {
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  stat: (path: string) => void statSync(path, { throwIfNoEntry: false }),
  list: (path: string) => void readdirSync(path),
};

/** What a thread runs that calls the file system for the loop. Returns when it is told to stop. */
export function serveCalls(memory: SharedArrayBuffer, calls: DescriptorCalls = callsOfRuntime): void {
  const shared = new SharedCall(memory);
  const decoder = new TextDecoder();
  for (let call = shared.waitForCall(0); ; call = shared.waitForCall(call)) {
    const { operation, descriptor, length, position } = shared.given;
    try {
      let result = 0;
      if (operation !== STOP) {
        const bytes = shared.data.subarray(0, length);
        if (operation === WRITE) result = calls.write(descriptor, bytes, position);
        else if (operation === READ) result = calls.read(descriptor, bytes, position);
        else if (operation === SYNC) result = calls.sync(descriptor);
        else if (operation === TRUNCATE) result = calls.truncate(descriptor, position);
        else callByName(JSON.parse(decoder.decode(bytes.slice())));
      }
      shared.end(call, result);
    } catch (error) {
      shared.fail(call, error);
    }
    if (operation === STOP) return;
  }
}

function callByName({ call, path, to = "", timeMs = 0 }: NamedCall): void {
  namedCalls[call](path, to, timeMs);
}

const callsOfRuntime: DescriptorCalls = {
  write: (descriptor, source, position) => writeSync(descriptor, source, 0, source.length, position),
  truncate(descriptor, sizeBytes) {
    ftruncateSync(descriptor, sizeBytes);
    return 0;
  },
  read: (descriptor, target, position) => readSync(descriptor, target, 0, target.length, position),
  sync(descriptor) {
    fsyncSync(descriptor);
    return 0;
  },
};
