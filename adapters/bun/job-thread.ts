import { workerJobs } from "../../src/worker-jobs.ts";
import { serveJobs } from "./job-port.ts";

/** The entry of a thread. */
serveJobs(workerJobs);
