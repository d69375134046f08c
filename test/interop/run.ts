/**
 * The second stage of CI: `vitest run --config vitest.interop.config.ts`, with the closing line that CI adds up. Arguments
 * are vitest's: `node test/interop/run.ts kcat` runs the files whose path contains "kcat".
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { countTests } from "../vitest-report.ts";

const root = resolve(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "polylog-interop-"));
const report = join(scratch, "report.json");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
const args = [vitest, "run", "--config", "vitest.interop.config.ts", ...reporters, ...process.argv.slice(2)];

const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
const exitCode = await new Promise<number>((done) => child.on("close", (code) => done(code ?? 1)));
const { passed, failed } = countTests(report, exitCode);
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
