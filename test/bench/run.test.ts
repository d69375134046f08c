import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { runtimeNames } from "../../deploy/server-commands.ts";
import { testDirectory } from "../test-directory.ts";
import { expectWellFormed } from "./well-formed.ts";

const root = resolve(import.meta.dirname, "../..");

// They measure by what Linux tells of processes.
describe.runIf(process.platform === "linux")("on brokers that run", () => {
  test("a bench prints its table, and writes it as JSON and as a chart", async () => {
    const directory = testDirectory("bench");
    const [json, svg] = [join(directory, "bench.json"), join(directory, "bench.svg")];
    const options = ["--quick", "--workloads", "produce-16k,latency", "--json", json, "--svg", svg];
    const { exitCode, output, errors } = await run("bench/run.ts", options);
    expect({ exitCode, errors: errors.split("\n").filter((line) => line.includes(" on ")) }).toEqual({
      exitCode: 0,
      errors: [],
    });
    const [heads] = output.split("\n");
    expect(heads!.trim().split(/\s+/)).toEqual([...runtimeNames]);
    expect(output).toMatch(/^ {2}broker CPU s\/GB( +[\d.,]+){3}$/m);
    expect(output).toMatch(/^The load generator against a sink, MB\/s: produce-16k [\d.,]+\.$/m);
    const { workloads } = JSON.parse(readFileSync(json, "utf8"));
    expect(workloads.map(({ id }: { id: string }) => id)).toEqual(["produce-16k", "latency"]);
    for (const runtime of runtimeNames) expect(workloads[0].figures[0].columns[runtime].median).toBeGreaterThan(0);
    expectWellFormed(readFileSync(svg, "utf8"));
  });

  test.each(runtimeNames)("a profile of %s is a flame graph of what the broker did", async (runtime) => {
    const out = testDirectory("bench");
    const options = ["--runtime", runtime, "--workload", "produce-16k", "--runs", "1", "--quick", "--out", out];
    const { exitCode, output, errors } = await run("bench/profile/run.ts", options);
    expect({ exitCode, errors }).toMatchObject({ exitCode: 0 });
    expect(output).toMatch(/^ *[\d.]+ % {2}\S/m);
    const image = readFileSync(join(out, `${runtime}-produce-16k.svg`), "utf8");
    expectWellFormed(image);
    expect(image).toMatch(/<title>\S+ (src|dist)\//);
    expect(
      JSON.parse(readFileSync(join(out, `${runtime}-produce-16k.cpuprofile`), "utf8")).samples.length,
    ).toBeGreaterThan(0);
  });

  test("what a bench is not told right it names, with what there is", async () => {
    const cases: [string[], string][] = [
      [["--workloads", "produce,nothing"], '--workloads has no "nothing"; there are produce, '],
      [["--targets", "java"], '--targets has no "java"; there are node, bun, deno'],
      [["--rounds", "0"], "--rounds is 0, and has to be a number from 1 to 100"],
    ];
    for (const [options, text] of cases) {
      expect(await run("bench/run.ts", options)).toMatchObject({ exitCode: 1, errors: expect.stringContaining(text) });
    }
  });
});

function run(script: string, options: readonly string[]) {
  const child = spawn(process.execPath, [join(root, script), ...options], { cwd: root });
  onTestFinished(() => void child.kill("SIGTERM"));
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise<{ exitCode: number | null; output: string; errors: string }>((resolve) =>
    child.on("close", (exitCode) => resolve({ exitCode, output, errors })),
  );
}
