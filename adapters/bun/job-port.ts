import type { Job } from "../../src/runtime.ts";
import { JobServer } from "../shared/workers/job-server.ts";
import type { ThreadRequest } from "../shared/workers/messages.ts";
import { foreignFunctions } from "./foreign-functions.ts";

declare const self: Worker;

/** What a thread of jobs consists of: it serves its parent until it is ended. */
export function serveJobs(jobs: readonly Job<never, unknown>[]): void {
  const server = new JobServer(jobs, foreignFunctions, (answer, moved) => self.postMessage(answer, moved));
  self.onmessage = ({ data }: MessageEvent<ThreadRequest>) => server.serve(data);
}
