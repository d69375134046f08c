/**
 * Makes what is published: the bundle, and type declarations for embedding.
 *
 * Usage: npm run build
 */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
await import("./bundle.js");
declareTypes();

/** The type checker's own output has the declarations; those of the Node adapter serve all three. */
function declareTypes(): void {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status, stdout } = spawnSync(tsc, ["-b", "--force", "adapters/node"], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc -b adapters/node failed:\n${stdout}`);
  const declarations = (path: string) => !/\.(js|map)$/.test(path);
  cpSync(join(root, ".build", "out"), dist, { recursive: true, filter: declarations });
}
