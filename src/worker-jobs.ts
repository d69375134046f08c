import { prepareClientBatchJob } from "./log/client-batch-job.ts";
import { searchBatchJob } from "./log/timestamp-lookup.ts";
import type { Job } from "./runtime.ts";

/** All that may run in another thread, for the threads to know it by its name. */
export const workerJobs: readonly Job<never, unknown>[] = [prepareClientBatchJob, searchBatchJob];
