import { utimesSync, writeSync } from "node:fs";
import { FAILED, SharedCall, STOP, WRITE } from "./shared-call.ts";

/** Writes some of the source and answers how much; throws, or answers less than 0, when that fails. */
export type WriteNow = (descriptor: number, source: Uint8Array, position: number) => number;

/** The inside of a thread that calls the file system for the loop: it does nothing else until it is told to stop. */
export function serveCalls(memory: SharedArrayBuffer, write: WriteNow = writeByRuntime): void {
  const shared = new SharedCall(memory);
  const decoder = new TextDecoder();
  for (let call = shared.waitForCall(0); ; call = shared.waitForCall(call)) {
    const { operation, descriptor, length, position } = shared.given;
    let result = 0;
    if (operation !== STOP) {
      try {
        const bytes = shared.data.subarray(0, length);
        if (operation === WRITE) result = write(descriptor, bytes, position);
        else touch(decoder.decode(bytes.slice()));
      } catch {
        result = FAILED;
      }
    }
    shared.end(call, result);
    if (operation === STOP) return;
  }
}

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

function writeByRuntime(descriptor: number, source: Uint8Array, position: number): number {
  return writeSync(descriptor, source, 0, source.length, position);
}
