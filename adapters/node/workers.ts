import process from "node:process";
import { CallThreads } from "../shared/disk-watch/call-threads.ts";
import type { StartThread } from "../shared/workers/job-thread.ts";
import type { JobAnswer } from "../shared/workers/messages.ts";
import { threadEntry } from "../shared/workers/thread-entry.ts";
import { WorkerPool, type WorkerPoolOptions } from "../shared/workers/worker-pool.ts";

export function createWorkers(entry = threadEntry(import.meta.url), options?: WorkerPoolOptions): WorkerPool {
  return new WorkerPool(startThread(entry), options);
}

/** Those that call the file system for the loop. */
export function createCallThreads(entry = threadEntry(import.meta.url), ofRuntime = runtimeThreads()): CallThreads {
  return new CallThreads(startThread(entry), ofRuntime);
}

/** Those of libuv's pool. */
function runtimeThreads(): number {
  return Number(process.env.UV_THREADPOOL_SIZE) || 4;
}

function startThread(entry: URL): StartThread {
  return (events) => {
    // Loaded when the first thread is started.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
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
