import { Worker } from "node:worker_threads";
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
    worker.on("message", (answer: JobAnswer) => events.answered(answer));
    let reason = new Error("The thread has ended");
    worker.on("error", (error: Error) => {
      reason = error;
    });
    worker.on("exit", () => events.died(reason));
    return {
      post: (request) => worker.postMessage(request),
      hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  };
}
