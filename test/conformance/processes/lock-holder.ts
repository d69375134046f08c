// Takes the lock it is told, says so, and lives until it is killed.
import process from "node:process";
import { createRuntime } from "#adapter";

const unlock = createRuntime({ logLevel: "error" }).files.lock(process.argv[2]!);
console.log(unlock === undefined ? "refused" : "locked");
process.stdin.on("data", () => {
  unlock?.();
  console.log("unlocked");
});
