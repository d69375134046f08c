/**
 * Runs a workload under the CPU profiler of a runtime, and writes a flame graph of what the broker's main thread did
 * meanwhile, and the profile itself: Chrome's DevTools and speedscope read it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runtimeNames, serverCommands, startPolylog } from "../../test/clients/polylog-server.ts";
import { quickScale } from "../options.ts";
import { benchWorkloads } from "../workloads/index.ts";
import type { Workload } from "../workloads/workload.ts";
import { type CpuProfile, callTree, dearest } from "./cpu-profile.ts";
import { flameGraph } from "./flame-graph.ts";

const root = resolve(import.meta.dirname, "../..");
const samplingUs = 200;
const listed = 25;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    runtime: { type: "string", default: "node" },
    workload: { type: "string", default: "produce" },
    runs: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
    out: { type: "string", default: "profiles" },
  },
});
const workloads = benchWorkloads(options.quick ? quickScale : 1).filter(({ needs }) => needs !== "stopped");
const workload = workloads.find(({ id }) => id === options.workload);

if (options.help) console.log(help());
else if (!runtimeNames.includes(options.runtime)) fail(`--runtime is one of ${runtimeNames.join(", ")}`);
else if (workload === undefined) fail(`--workload is one of ${workloads.map(({ id }) => id).join(", ")}`);
else if (!(Number(options.runs) >= 1)) fail("--runs is a number from 1 on");
else await profile(options.runtime, workload, Number(options.runs), resolve(options.out));

async function profile(runtime: string, { id, title, run }: Workload, runs: number, out: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "polylog-profile-"));
  try {
    const startedMs = performance.now();
    const broker = await startPolylog(runtime, {}, profiled(runtime, directory));
    let fromMs = 0;
    let untilMs = 0;
    try {
      console.error(`${title}, on ${runtime}: once to warm up, then ${runs} times`);
      await run(broker);
      fromMs = performance.now() - startedMs;
      for (let done = 0; done < runs; done++) await run(broker);
      untilMs = performance.now() - startedMs;
      // The profile is written when the process ends by itself.
      await broker.stop();
    } finally {
      await broker.dispose();
    }
    const text = readFileSync(join(directory, profileName(directory)), "utf8");
    const all = callTree(JSON.parse(text) as CpuProfile, root, fromMs * 1_000, untilMs * 1_000);
    mkdirSync(out, { recursive: true });
    const path = join(out, `${runtime}-${id}`);
    writeFileSync(`${path}.cpuprofile`, text);
    writeFileSync(`${path}.svg`, flameGraph(all, `${title}, on ${runtime}`));
    for (const { name, place, share } of dearest(all, listed))
      console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`);
    console.log(`\n${path}.svg\n${path}.cpuprofile`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** All three runtimes have the same options. */
function profiled(runtime: string, directory: string): string[] {
  const [program, ...args] = serverCommands[runtime]!;
  const flags = ["--cpu-prof", `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${samplingUs}`];
  const [run, ...rest] = args;
  return run === "run" ? [program!, run, ...flags, ...rest] : [program!, ...flags, ...args];
}

/** Workers have profiles of their own; that of the main thread is the largest. */
function profileName(directory: string): string {
  const names = readdirSync(directory).filter((name) => name.endsWith(".cpuprofile"));
  const [largest] = names.sort(
    (a, b) => readFileSync(join(directory, b)).length - readFileSync(join(directory, a)).length,
  );
  if (largest === undefined) throw new Error("the runtime has written no profile");
  return largest;
}

function help(): string {
  return `Usage: npm run bench:profile [-- OPTION ...]

A flame graph of a broker under a workload, by the runtime's own CPU profiler.

  --runtime NAME      ${runtimeNames.join(", ")}; node by default
  --workload ID       ${workloads.map(({ id }) => id).join(", ")}; produce by default
  --runs N            of the workload, after one that does not count; 3 by default
  --quick             runs of a tenth of the data
  --out DIRECTORY     gets RUNTIME-WORKLOAD.svg and .cpuprofile; profiles by default
  --help              this`;
}

function fail(message: string): void {
  console.error(`bench:profile: ${message}`);
  process.exitCode = 1;
}
