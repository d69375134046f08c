import type { StartThread } from "../shared/workers/job-thread.ts";
import type { JobAnswer } from "../shared/workers/messages.ts";
import { WorkerPool, type WorkerPoolOptions } from "../shared/workers/worker-pool.ts";

/** Beside this file, in the sources as in what is made of them. */
const jobThread = new URL(`./job-thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

export function createWorkers(entry: URL = jobThread, options?: WorkerPoolOptions): WorkerPool {
  return new WorkerPool(startThread(entry), options);
}

function startThread(entry: URL): StartThread {
  return (events) => {
    const worker = new Worker(entry, { name: "polylog jobs" });
    worker.onmessage = ({ data }: MessageEvent<JobAnswer>) => events.answered(data);
    let reason = new Error("The thread has ended");
    worker.onerror = (event) => {
      event.preventDefault();
      reason = event.error instanceof Error ? event.error : new Error(event.message);
    };
    worker.addEventListener("close", () => events.died(reason));
    return {
      post: (request) => worker.postMessage(request),
      hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
      end: () => worker.terminate(),
    };
  };
}
