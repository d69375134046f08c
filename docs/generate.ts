/** Writes the pages that are told from the source: run it after a change of definitions or APIs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./generated-pages.ts";

for (const [name, page] of generatedPages()) writeFileSync(join(import.meta.dirname, name), page);
