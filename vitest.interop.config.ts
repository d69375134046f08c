import { defineConfig } from "vitest/config";
import { failsTheRun } from "./test/unhandled-errors.ts";

/** The second stage of CI: clients and tools that npm alone does not bring. Runs on Node; the brokers run on everything. */
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node", "import", "module", "default"] } },
  test: {
    include: ["test/interop/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    // Other people's clients meet real timeouts on a machine that runs two of them at once. What needs it is reported.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each file starts brokers of its own; most of the time it waits for a JVM or for a group to form.
    maxWorkers: 2,
    onUnhandledError: failsTheRun,
  },
});
