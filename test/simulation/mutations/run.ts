/** `npm run simulate:mutations`: breaks the code in one place after the other; the simulator has to find each of them. */
import { spawnSync } from "node:child_process";
import { mutations } from "./index.ts";
import type { Mutation } from "./mutation.ts";

/** Simulated, under faults. */
const HOURS = 0.1;
const LIMIT_MS = 300_000;
/** Any change of the code makes a seed another run: so many are tried, from the mutation's own on. */
const SEEDS = 5;

let found = 0;
for (const [index, mutation] of mutations.entries()) {
  const told = findingsOf(index, mutation);
  if (told !== undefined) found++;
  console.log(`${told === undefined ? "NOT FOUND" : "found"}: ${mutation.name}\n  ${told ?? "by any seed"}`);
}
console.log(`${found} passed, ${mutations.length - found} failed`);
process.exitCode = found === mutations.length ? 0 : 1;

/** What the first seed tells that finds it. */
function findingsOf(index: number, { invariant, seed: first }: Mutation): string | undefined {
  for (let seed = first; seed < first + SEEDS; seed++) {
    const args = [`${import.meta.dirname}/mutant.ts`, String(index), String(seed), String(HOURS)];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: LIMIT_MS });
    const [broken, text = ""] = stdout.split("\n");
    if (broken === invariant) return `seed ${seed}: ${text}`;
    console.log(`seed ${seed}: ${broken} ${text || stderr}`);
  }
  return undefined;
}
