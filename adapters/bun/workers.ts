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

/** One for each core, and two at least. */
function runtimeThreads(): number {
  return Number(process.env.UV_THREADPOOL_SIZE) || Math.max(2, navigator.hardwareConcurrency);
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
