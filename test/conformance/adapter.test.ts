import { expect, test } from "vitest";
import { createRuntime, name } from "#adapter";
import { createAdapterSubject } from "./adapter.subject.ts";
import { clockSuite } from "./clock.suite.ts";
import { compressionSuite } from "./compression.suite.ts";
import { checksumsSuite, randomSuite } from "./computation.suite.ts";
import { fileLockSuite } from "./file-lock.suite.ts";
import { fileRangesSuite } from "./file-ranges.suite.ts";
import { filesSuite } from "./files.suite.ts";
import { logSuite } from "./log.suite.ts";
import { memoryOnlyReadsSuite } from "./memory-only-reads.suite.ts";
import { networkSuite } from "./network.suite.ts";
import { networkEndingsSuite } from "./network-endings.suite.ts";
import { silentAddressSuite } from "./silent-address.suite.ts";

test("the adapter is that of the runtime which runs the tests", () => {
  expect(name).toBe(process.env.POLYLOG_TEST_RUNTIME);
  expect(createRuntime().name).toBe(name);
  const isThere = {
    node: !("Bun" in globalThis) && !("Deno" in globalThis),
    bun: "Bun" in globalThis,
    deno: "Deno" in globalThis,
  };
  expect(isThere[name as keyof typeof isThere]).toBe(true);
});

networkSuite(name, createAdapterSubject);
networkEndingsSuite(name, createAdapterSubject);
silentAddressSuite(name, createAdapterSubject);
fileRangesSuite(`${name}, without a copy where that is possible`, createAdapterSubject, { zeroCopy: true });
fileRangesSuite(`${name}, through a small buffer`, createAdapterSubject, { zeroCopy: true, sendBufferBytes: 102_400 });
fileRangesSuite(`${name}, copied`, createAdapterSubject, { zeroCopy: false });
filesSuite(name, createAdapterSubject);
fileLockSuite(name, createAdapterSubject);
memoryOnlyReadsSuite(name, createAdapterSubject);
clockSuite(name, createAdapterSubject);
checksumsSuite(name, createAdapterSubject);
compressionSuite(name, createAdapterSubject);
randomSuite(name, createAdapterSubject);
logSuite(name);
