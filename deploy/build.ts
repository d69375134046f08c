/**
 * Makes what is published: JavaScript of everything under `src` and `adapters`, and type declarations for embedding. A
 * checkout runs from source; only an installed package needs this, as Node and Deno refuse TypeScript under node_modules.
 *
 * Usage: npm run build
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
for (const folder of ["src", "adapters"]) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
    if (/(?<!\.d)\.(ts|js)$/.test(entry)) emit(join(folder, entry));
  }
}
declareTypes();
chmodSync(join(dist, "adapters/node/polylog.js"), 0o755);

/** Only erasable syntax is used, so what is left when the types are blanked out is the program. */
function emit(path: string): void {
  const source = readFileSync(join(root, path), "utf8");
  const script = stripTypeScriptTypes(source).replaceAll(/((?:from|import)\s*\(?\s*")(\.[^"]*)\.ts"/g, '$1$2.js"');
  const target = join(dist, path.replace(/\.ts$/, ".js"));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, script);
}

/** The type checker's own output has the declarations; those of the Node adapter serve all three. */
function declareTypes(): void {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status, stdout } = spawnSync(tsc, ["-b", "--force", "adapters/node"], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc -b adapters/node failed:\n${stdout}`);
  const declarations = (path: string) => !/\.(js|map)$/.test(path);
  cpSync(join(root, ".build", "out"), dist, { recursive: true, filter: declarations });
}
