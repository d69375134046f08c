import type { StartThread } from "../shared/workers/job-thread.ts";
import type { JobAnswer } from "../shared/workers/messages.ts";
import { WorkerPool, type WorkerPoolOptions } from "../shared/workers/worker-pool.ts";

/** Beside this file, in the sources as in what is made of them. */
const jobThread = new URL(`./job-thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

export function createWorkers(entry: URL = jobThread, options?: WorkerPoolOptions): WorkerPool {
  return new WorkerPool(startThread(entry), options);
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
