import { readdirSync, readFileSync } from "node:fs";
import { createWorkers } from "#workers";
import { sum } from "./test-jobs.ts";

/** A queue costs no thread until a job comes, and once it is closed nothing keeps the process alive. */

/** Those of Bun's compiler: they start when they like, and have their names a moment later. */
const OF_RUNTIME = new Set(["JITWorker", "JSCWarmUp"]);

const nameOf = (id: string) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim();
const threads = async () => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return readdirSync("/proc/self/task").filter((id) => !OF_RUNTIME.has(nameOf(id))).length;
};
const before = await threads();
const queue = createWorkers(new URL("./test-jobs-thread.ts", import.meta.url)).openQueue({ maxUnsettled: 1 });
console.log(`before: ${(await threads()) - before} threads more`);
queue.run(sum, { source: new Uint8Array(10), input: { add: 1 } }, ({ kind }) => {
  console.log(kind);
  queue.close();
  console.log("closed");
});
