import type { Job } from "../../src/runtime.ts";
import { JobServer } from "../shared/workers/job-server.ts";
import type { JobAnswer, JobRequest } from "../shared/workers/messages.ts";

/** The global of a worker, which the types of the main program do not have. */
const scope = globalThis as unknown as {
  postMessage(answer: JobAnswer, moved: ArrayBuffer[]): void;
  onmessage: (event: MessageEvent<JobRequest>) => void;
};

/** What a thread of jobs consists of: it serves its parent until it is ended. */
export function serveJobs(jobs: readonly Job<never, unknown>[]): void {
  const server = new JobServer(jobs, (answer, moved) => scope.postMessage(answer, moved));
  scope.onmessage = ({ data }) => server.serve(data);
}
