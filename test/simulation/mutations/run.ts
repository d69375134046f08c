/** `npm run simulate:mutations`: breaks the code in one place after the other; the simulator has to find each of them. */
import { spawnSync } from "node:child_process";
import { mutations } from "./index.ts";

/** Simulated, under faults. */
const HOURS = 0.1;
const LIMIT_MS = 300_000;

let found = 0;
for (const [index, { name, invariant, seed }] of mutations.entries()) {
  const args = [`${import.meta.dirname}/mutant.ts`, String(index), String(seed), String(HOURS)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: LIMIT_MS });
  const [broken, text = ""] = stdout.split("\n");
  if (broken === invariant) found++;
  console.log(`${broken === invariant ? "found" : "NOT FOUND"}: ${name}\n  ${text || broken || stderr}`);
}
console.log(`${found} passed, ${mutations.length - found} failed`);
process.exitCode = found === mutations.length ? 0 : 1;
