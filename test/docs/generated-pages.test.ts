import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedPages } from "../../docs/generated-pages.ts";

const docs = join(import.meta.dirname, "../../docs");

test.each([...generatedPages()])("%s is what docs/generate.ts writes", (name, page) => {
  const committed = readFileSync(join(docs, name), "utf8").replaceAll("\r\n", "\n");
  // Not toBe: a diff of a whole page helps nobody.
  expect(committed === page, `run: node docs/generate.ts`).toBe(true);
});
