import { write } from "node:fs";
import type { LogSink } from "../../src/runtime.ts";
import type { WriteInThread } from "../shared/files/disk-file.ts";
import { openByName, requireForeign } from "../shared/foreign-functions.ts";
import { foreignFunctions } from "./foreign-functions.ts";

/** Larger than what V8 keeps inside its heap, where it could move. */
const leastBytes = 4096;

type PositionalWrite = (
  descriptor: number,
  source: Uint8Array<ArrayBuffer>,
  length: bigint,
  at: bigint,
) => Promise<bigint>;

/**
 * Deno's `write` of node:fs calls back later, but writes before it returns: the loop waits for the disk. The C library's
 * does not, by Deno's foreign functions, which another thread runs. Without them the loop has to wait.
 */
export function createWriteInThread(log: LogSink): WriteInThread {
  let pwrite: PositionalWrite | undefined;
  let isLoaded = false;
  return (descriptor, source, position, done) => {
    if (!isLoaded) {
      isLoaded = true;
      pwrite = loadPositionalWrite(log);
    }
    if (pwrite === undefined || source.length < leastBytes) {
      write(descriptor, source, 0, source.length, position, done);
      return;
    }
    const bytes = source as Uint8Array<ArrayBuffer>;
    void pwrite(descriptor, bytes, BigInt(bytes.length), BigInt(position)).then((count) => {
      if (count >= 0n) done(null, Number(count));
      // It went wrong, and that thread's errno can't be read. This call has the same to say.
      else write(descriptor, source, 0, source.length, position, done);
    });
  };
}

function loadPositionalWrite(log: LogSink): PositionalWrite | undefined {
  try {
    requireForeign(foreignFunctions);
    const { symbols } = openByName((name) =>
      Deno.dlopen(name, {
        pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize", nonblocking: true },
      }),
    );
    return symbols.pwrite;
  } catch (error) {
    const reason = (error as Error).message;
    log.write("info", `Compaction, and moving partitions, block the event loop while they write, because ${reason}`);
    return undefined;
  }
}
