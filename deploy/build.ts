/**
 * Makes what is published: the bundle, and type declarations for embedding.
 *
 * Usage: npm run build
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";

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
  const output = join(root, ".build", "out");
  // The output keeps what it has of sources that have been moved or removed since.
  const hasSource = (path: string) => {
    const source = join(root, relative(output, path)).replace(/\.d\.ts$/, "");
    return existsSync(`${source}.ts`) || existsSync(`${source}.js`);
  };
  const isWanted = (path: string) => !/\.(js|map)$/.test(path) && (!path.endsWith(".d.ts") || hasSource(path));
  cpSync(output, dist, { recursive: true, filter: isWanted });
}
