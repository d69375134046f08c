import { serveJobs } from "#job-port";
import { testJobs } from "./test-jobs.ts";

serveJobs(testJobs);
