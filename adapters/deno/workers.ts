import { CallThreads } from "../shared/disk-watch/call-threads.ts";
import type { StartThread } from "../shared/workers/job-thread.ts";
import type { JobAnswer } from "../shared/workers/messages.ts";
import { threadEntry } from "../shared/workers/thread-entry.ts";
import { WorkerPool, type WorkerPoolOptions } from "../shared/workers/worker-pool.ts";

/** Of those of tokio's pool for what blocks, which are several times as many. */
const RUNTIME_THREADS = 8;

export function createWorkers(entry = threadEntry(import.meta.url), options?: WorkerPoolOptions): WorkerPool {
  return new WorkerPool(startThread(entry), options);
}

/** Those that call the file system for the loop. */
export function createCallThreads(entry = threadEntry(import.meta.url), ofRuntime = RUNTIME_THREADS): CallThreads {
  return new CallThreads(startThread(entry), ofRuntime);
}

/** A Web Worker: messages to one of node:worker_threads cost Deno several times more. */
function startThread(entry: URL): StartThread {
  return (events) => {
    const worker = new Worker(entry, { type: "module", name: "polylog jobs" });
    worker.onmessage = ({ data }: MessageEvent<JobAnswer>) => events.answered(data);
    worker.onerror = (event) => {
      // Else it would end the process, too.
      event.preventDefault();
      events.died(event.error instanceof Error ? event.error : new Error(event.message));
    };
    return {
      post: (request) => worker.postMessage(request),
      // Deno's workers keep the process alive as long as they are there.
      hold: () => {},
      end: () => worker.terminate(),
    };
  };
}
