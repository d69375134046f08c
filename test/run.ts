/**
 * Everything `npm test` proves: style, types, and the suite on Node, Bun and Deno. Needs nothing but what `npm ci`
 * installed: no network, no Java. The closing line sums all of it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { countTests, type TestCount } from "./vitest-report.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** A step that runs vitest counts its tests; any other counts as one. */
  readonly runsVitest: boolean;
}

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const node22 = join(root, "node_modules", "node22", "bin", "node");
/** Tests read what processes print, and some runtimes colour even numbers when they are asked to. */
const colourless = { FORCE_COLOR: undefined, NO_COLOR: "1" };
/** Of one step, on a slow machine. The whole run is meant to stay under eight minutes on two cores. */
const stepLimitMs = 900_000;

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    only: { type: "string", multiple: true },
    verbose: { type: "boolean" },
  },
});

if (options.help) {
  console.log(`Usage: npm test [-- [--only STEP]... [--verbose] [FILTER...]]

Runs the whole proof that needs only npm: ${steps()
    .map((step) => step.name)
    .join(", ")}.

  --only STEP   run this step only; may be repeated
  --verbose     show what passing steps print too
  FILTER        test files whose path contains this (vitest's filter); style and type checks are left out

The last line is "N passed, N failed"; the exit code is 0 when nothing failed.`);
} else {
  process.exitCode = await run();
}

function steps(): Step[] {
  const conformance = ["test/conformance"];
  return [
    { name: "style", command: [join(bin, "biome"), "check"], runsVitest: false },
    { name: "types", command: [join(bin, "tsc"), "-b", "tsconfig.check.json"], runsVitest: false },
    {
      name: "types-deno",
      command: [join(bin, "deno"), "check", "--quiet", "adapters/deno/main.ts"],
      runsVitest: false,
    },
    { name: "node", command: [join(bin, "node"), vitest, "run"], runsVitest: true },
    { name: "bun", command: [join(bin, "bun"), "--bun", vitest, "run"], runsVitest: true },
    {
      name: "deno",
      command: [join(bin, "deno"), "run", "--allow-all", "--quiet", "npm:vitest", "run"],
      runsVitest: true,
    },
    { name: "node22", command: [node22, vitest, "run", ...conformance], runsVitest: true },
  ];
}

async function run(): Promise<number> {
  const chosen = steps().filter((step) =>
    options.only ? options.only.includes(step.name) : filters.length === 0 || step.runsVitest,
  );
  const unknown = options.only?.filter((name) => !steps().some((step) => step.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `No step is called ${unknown.join(", ")}; they are: ${steps()
        .map((step) => step.name)
        .join(", ")}`,
    );
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), "polylog-test-"));
  const total = { passed: 0, failed: 0 };
  try {
    for (const step of chosen) {
      const count = await perform(step, scratch);
      total.passed += count.passed;
      total.failed += count.failed;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function perform(step: Step, scratch: string): Promise<TestCount> {
  const report = join(scratch, `${step.name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const command = step.runsVitest ? [...step.command, ...reporters, ...filters] : step.command;
  const start = performance.now();
  process.stdout.write(`${step.name.padEnd(12)}`);
  const { exitCode, output } = await execute(command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const count = step.runsVitest
    ? countTests(report, exitCode)
    : { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1 };
  console.log(
    `${String(count.passed).padStart(6)} passed ${String(count.failed).padStart(4)} failed ${seconds.padStart(7)} s`,
  );
  if (options.verbose) console.log(output.trimEnd());
  else if (count.failed > 0) console.log(withoutPassed(output));
  return count;
}

/** A failure should not have to be looked for among thousands of tests that passed. */
function withoutPassed(output: string): string {
  return output
    .split("\n")
    .filter((line) => !/^\s*\S*✓/.test(line))
    .join("\n")
    .trimEnd();
}

/** Runs to the end or to the limit; whatever the command has started ends with it. */
function execute(command: readonly string[]): Promise<{ exitCode: number; output: string }> {
  const { promise, resolve: done } = Promise.withResolvers<{ exitCode: number; output: string }>();
  const [program, ...rest] = command as [string, ...string[]];
  const child = spawn(program, rest, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ...colourless },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const endGroup = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // the whole group has already ended
    }
  };
  const limit = setTimeout(() => {
    chunks.push(Buffer.from(`\nstopped: not done after ${stepLimitMs / 1000} s`));
    endGroup();
  }, stepLimitMs);
  child.on("error", (error) => chunks.push(Buffer.from(String(error))));
  child.on("close", (code) => {
    clearTimeout(limit);
    endGroup();
    done({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString() });
  });
  return promise;
}
