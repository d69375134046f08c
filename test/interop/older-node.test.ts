import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePorts } from "../clients/broker-under-test.ts";
import { startPolylog } from "../clients/polylog-server.ts";
import { runSuccessfully } from "./command.ts";
import { installedNode, olderNodes } from "./installed.ts";

const root = resolve(import.meta.dirname, "../..");
/** Enough for ranges that go from file to socket. */
const lines = Array.from({ length: 20_000 }, (_, index) => `${index} is one of the lines that are sent and come back`);

const vitest = join(root, "node_modules/vitest/vitest.mjs");
/** What uses the foreign function interface, which is a package's before Node 26. */
const ofForeignFunctions = [
  "test/conformance/zero-copy.test.ts",
  "test/conformance/peers-of-all-kinds.test.ts",
  "test/conformance/lock.test.ts",
  "test/adapters/zstd-library.test.ts",
  "test/adapters/lz4-library.test.ts",
];

// Versions that package.json allows, and that neither the suite nor the other clients run on.
describe.each(olderNodes)("Node %s", (version) => {
  test("runs a broker and the command: what is produced is consumed, and most of it is not copied", async () => {
    const node = installedNode(version);
    expect(await runSuccessfully([node, "--version"])).toBe(`v${version}\n`);
    const [httpPort] = await freePorts(1);
    const settings = { "polylog.http.listeners": `http://127.0.0.1:${httpPort}` };
    const broker = await startPolylog(`node-${version}`, settings, [node, join(root, "adapters/node/main.js")]);
    onTestFinished(() => broker.dispose());
    const polylog = (args: readonly string[], input?: string) =>
      runSuccessfully([node, join(root, "adapters/node/polylog.js"), ...args, "-b", broker.bootstrap], { input });

    for (const codec of ["none", "gzip", "snappy", "lz4"]) {
      await polylog(["produce", codec, "--compression", codec], `${lines.join("\n")}\n`);
      const consumed = await polylog(["consume", codec, "--from-beginning", "-n", String(lines.length)]);
      expect(consumed === `${lines.join("\n")}\n`).toBe(true);
    }

    const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
    const sent = /^polylog_log_bytes_sent_total\{way="zero_copy"\} (\d+)$/m.exec(metrics)?.[1];
    expect(Number(sent)).toBeGreaterThan(0);
    await broker.stop();
    expect(broker.output).toContain("has stopped");
  });

  // What runs the tests needs Node 22.
  test.runIf(Number.parseInt(version, 10) >= 22)("passes the tests of what calls foreign functions", async () => {
    await runSuccessfully([installedNode(version), vitest, "run", "--root", root, ...ofForeignFunctions]);
  });
});
