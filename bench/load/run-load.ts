import { spawn } from "node:child_process";
import { join } from "node:path";
import type { FetchLoad } from "./fetch.ts";
import type { LatencyLoad, LatencyResult } from "./latency.ts";
import type { LoadResult, ProduceLoad } from "./produce.ts";

const limitMs = 300_000;

export function runLoad(load: LatencyLoad): Promise<LatencyResult>;
export function runLoad(load: ProduceLoad | FetchLoad): Promise<LoadResult>;
export function runLoad(load: ProduceLoad | FetchLoad | LatencyLoad): Promise<LoadResult | LatencyResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult | LatencyResult>();
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), JSON.stringify(load)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.on("close", (code) => {
    clearTimeout(limit);
    if (code === 0) resolve(JSON.parse(output) as LoadResult | LatencyResult);
    else reject(new Error(`the load generator failed: ${JSON.stringify(load)}\n${errors}`));
  });
  return promise;
}
