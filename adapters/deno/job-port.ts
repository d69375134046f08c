import type { Job } from "../../src/runtime.ts";
import type { DescriptorCalls } from "../shared/disk-watch/call-server.ts";
import { openByName } from "../shared/foreign-functions.ts";
import { JobServer } from "../shared/workers/job-server.ts";
import type { JobAnswer, ThreadRequest } from "../shared/workers/messages.ts";
import { createCallCheck } from "./call-errors.ts";
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
  let loaded: ReturnType<typeof loadCalls> | undefined;
  const load = () => {
    loaded ??= loadCalls();
    return loaded;
  };
  return {
    write(descriptor, source, position) {
      const { symbols, checked } = load();
      const bytes = source as Uint8Array<ArrayBuffer>;
      return checked(Number(symbols.pwrite(descriptor, bytes, BigInt(bytes.length), BigInt(position))), "write");
    },
    truncate(descriptor, sizeBytes) {
      const { symbols, checked } = load();
      return checked(symbols.ftruncate(descriptor, BigInt(sizeBytes)), "ftruncate");
    },
    read(descriptor, target, position) {
      const { symbols, checked } = load();
      const bytes = target as Uint8Array<ArrayBuffer>;
      return checked(Number(symbols.pread(descriptor, bytes, BigInt(bytes.length), BigInt(position))), "read");
    },
    sync(descriptor) {
      const { symbols, checked } = load();
      return checked(symbols.fsync(descriptor), "fsync");
    },
  };
}

function loadCalls() {
  const { symbols } = openByName((name) =>
    Deno.dlopen(name, {
      pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
      pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
      ftruncate: { parameters: ["i32", "i64"], result: "i32" },
      fsync: { parameters: ["i32"], result: "i32" },
    }),
  );
  return { symbols, checked: createCallCheck() };
}
