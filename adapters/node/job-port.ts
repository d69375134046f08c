import { parentPort } from "node:worker_threads";
import type { Job } from "../../src/runtime.ts";
import { JobServer } from "../shared/workers/job-server.ts";
import type { ThreadRequest } from "../shared/workers/messages.ts";
import { foreignFunctions } from "./foreign-functions.ts";

/** What a thread of jobs consists of: it serves its parent until it is ended. */
export function serveJobs(jobs: readonly Job<never, unknown>[]): void {
  const port = parentPort!;
  const server = new JobServer(jobs, foreignFunctions, (answer, moved) => port.postMessage(answer, moved));
  port.on("message", (request: ThreadRequest) => server.serve(request));
}
