import { readdirSync } from "node:fs";
import { createWorkers } from "#workers";
import { sum } from "./test-jobs.ts";

/** A queue costs no thread until a job comes, and once it is closed nothing keeps the process alive. */

const threads = () => readdirSync("/proc/self/task").length;
const before = threads();
const queue = createWorkers(new URL("./test-jobs-thread.ts", import.meta.url)).openQueue({ maxUnsettled: 1 });
console.log(`before: ${threads() - before} threads more`);
queue.run(sum, { source: new Uint8Array(10), input: { add: 1 } }, ({ kind }) => {
  console.log(kind);
  queue.close();
  console.log("closed");
});
