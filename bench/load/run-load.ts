import { spawn } from "node:child_process";
import { join } from "node:path";
import type { FetchLoad } from "./fetch.ts";
import type { LatencyLoad, LatencyResult } from "./latency.ts";
import type { LoadResult, ProduceLoad } from "./produce.ts";
import type { VerifyLoad, VerifyResult } from "./verify.ts";

const limitMs = 300_000;

type Load = ProduceLoad | FetchLoad | LatencyLoad | VerifyLoad;

/** Rejects with what the load generator says when a request is answered with an error, or an answer is wrong. */
export function runLoad(load: LatencyLoad): Promise<LatencyResult>;
export function runLoad(load: VerifyLoad): Promise<VerifyResult>;
export function runLoad(load: ProduceLoad | FetchLoad): Promise<LoadResult>;
export function runLoad(load: Load): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
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
    if (code === 0) resolve(JSON.parse(output));
    else reject(new Error(`the load generator failed: ${JSON.stringify(load)}\n${errors}`));
  });
  return promise;
}
