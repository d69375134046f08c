import { expect, test } from "vitest";
import { threadEntry } from "../../adapters/shared/workers/thread-entry.ts";

test.each([
  ["file:///app/adapters/node/workers.ts", "file:///app/adapters/node/job-thread.ts"],
  ["file:///app/dist/adapters/deno/index.js", "file:///app/dist/adapters/deno/job-thread.js"],
  // What is compiled is told its path.
  ["/app/dist/adapters/bun/command-line.js", "file:///app/dist/adapters/bun/job-thread.js"],
  ["/app/dist/compiled/node/broker.cjs", "file:///app/dist/adapters/node/job-thread.js"],
  ["/a #1 100%/dist/compiled/deno/broker.cjs", "file:///a%20%231%20100%25/dist/adapters/deno/job-thread.js"],
])("the threads of %s run %s", (module, entry) => {
  expect(threadEntry(module).href).toBe(entry);
});
