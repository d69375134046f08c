/**
 * Compiles what `deploy/bundle.js` has made of Bun's command line: one file, and its bytecode beside it. Node and Deno keep
 * compiled code in a cache of the user by themselves; Bun would parse a megabyte at every start, half of the time it takes.
 * Another version of Bun than this one parses it all the same.
 *
 * Usage: bun deploy/compile-for-bun.js
 */
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../dist/adapters/bun");
const name = "command-line.js";

const outdir = mkdtempSync(join(folder, "new-"));
try {
  await Bun.build({
    entrypoints: [join(folder, name)],
    outdir,
    target: "bun",
    format: "cjs",
    bytecode: true,
    packages: "external",
    // Else the place where it was built: packages are looked for from where it is.
    define: { "import.meta.url": "__filename" },
  });
  // A script without its bytecode is parsed; with that of another one it would be a wrong program.
  for (const file of [name, `${name}.jsc`]) renameSync(join(outdir, file), join(folder, file));
} finally {
  rmSync(outdir, { recursive: true });
}
