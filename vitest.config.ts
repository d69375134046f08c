import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { failsTheRun } from "./test/unhandled-errors.ts";

/** The runtime that runs vitest itself: its export conditions decide which adapter `#adapter` and `polylog` mean. */
const runtime = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";

/** Client libraries and benches are run on Node, against servers on all three; the style rules read the sources, whatever runs them, and a simulation has nothing of a runtime in it. */
const onNodeOnly = [
  "test/bench/**",
  "test/clients/**",
  "test/simulation/**",
  "test/deploy/bundle.test.ts",
  "test/deploy/cluster.test.ts",
  "test/tidy/**",
  "test/tidy.test.ts",
];

export default defineConfig({
  ssr: { resolve: { conditions: ["source", runtime, ...defaultServerConditions] } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "**/node_modules/**", ...(runtime === "node" ? [] : onNodeOnly)],
    pool: runtime === "bun" ? "threads" : "forks",
    // No test replaces a module: a worker that loads the core once for all of its files takes half of the time.
    isolate: false,
    // Stopped processes and timers on a busy machine; a test that needs a second attempt is reported as such.
    retry: process.env.CI ? 1 : 0,
    // For a machine several times as slow as usual: what hangs is what they are for.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    onUnhandledError: failsTheRun,
    env: { POLYLOG_TEST_RUNTIME: runtime },
  },
});
