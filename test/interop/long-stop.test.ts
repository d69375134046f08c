import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "./command.ts";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "node_modules/.bin");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const runners = {
  node: [join(bin, "node"), vitest],
  bun: [join(bin, "bun"), "--bun", vitest],
  deno: [join(bin, "deno"), "run", "--allow-all", "--quiet", "npm:vitest"],
};

// Nearly all of it is waiting, so the three wait together.
test.concurrent.for(Object.entries(runners))(
  "a process on %s that is stopped for a minute lets no session expire that was kept alive",
  { timeout: 420_000 },
  async ([, runner]) => {
    const env = { POLYLOG_LONG: "1", NO_COLOR: "1", PATH: `${bin}:${process.env.PATH}` };
    const { exitCode, stdout } = await runCommand(
      [...runner, "run", "--root", root, "test/conformance/stopped-process.test.ts"],
      { env, limitMs: 400_000 },
    );
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/Tests +\d+ passed/);
  },
);
