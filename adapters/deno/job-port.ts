import type { Job } from "../../src/runtime.ts";
import type { WriteNow } from "../shared/disk-watch/call-server.ts";
import { openByName } from "../shared/foreign-functions.ts";
import { JobServer } from "../shared/workers/job-server.ts";
import type { JobAnswer, ThreadRequest } from "../shared/workers/messages.ts";
import { foreignFunctions } from "./foreign-functions.ts";

/** The global of a worker, which the types of the main program do not have. */
const scope = globalThis as unknown as {
  postMessage(answer: JobAnswer, moved: ArrayBuffer[]): void;
  onmessage: (event: MessageEvent<ThreadRequest>) => void;
};

/** What a thread of jobs consists of: it serves its parent until it is ended. */
export function serveJobs(jobs: readonly Job<never, unknown>[]): void {
  const server = new JobServer(
    jobs,
    foreignFunctions,
    (answer, moved) => scope.postMessage(answer, moved),
    createWriteNow(),
  );
  scope.onmessage = ({ data }) => server.serve(data);
}

/** A descriptor of the loop's is none to the node:fs of another thread: the C library's pwrite takes it. */
function createWriteNow(): WriteNow {
  let pwrite: ((descriptor: number, source: Uint8Array<ArrayBuffer>, length: bigint, at: bigint) => bigint) | undefined;
  return (descriptor, source, position) => {
    pwrite ??= openByName((name) =>
      Deno.dlopen(name, { pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" } }),
    ).symbols.pwrite;
    return Number(pwrite(descriptor, source as Uint8Array<ArrayBuffer>, BigInt(source.length), BigInt(position)));
  };
}
