import type { Job } from "../../src/runtime.ts";
import type { DescriptorCalls } from "../shared/disk-watch/call-server.ts";
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
    createDescriptorCalls(),
  );
  scope.onmessage = ({ data }) => server.serve(data);
}

/** A descriptor of the loop's is none to the node:fs of another thread: the C library takes it. */
function createDescriptorCalls(): DescriptorCalls {
  let symbols: ReturnType<typeof loadCalls> | undefined;
  const load = () => {
    symbols ??= loadCalls();
    return symbols;
  };
  return {
    write: (descriptor, source, position) =>
      Number(load().pwrite(descriptor, source as Uint8Array<ArrayBuffer>, BigInt(source.length), BigInt(position))),
    truncate: (descriptor, sizeBytes) => load().ftruncate(descriptor, BigInt(sizeBytes)),
  };
}

function loadCalls() {
  return openByName((name) =>
    Deno.dlopen(name, {
      pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
      ftruncate: { parameters: ["i32", "i64"], result: "i32" },
    }),
  ).symbols;
}
