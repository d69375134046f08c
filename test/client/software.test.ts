import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { VERSION } from "../../src/client/software.ts";

const root = resolve(import.meta.dirname, "../..");

test("what the program calls its version is that of its packages", () => {
  for (const file of ["package.json", "deno.json"]) {
    const { version } = JSON.parse(readFileSync(join(root, file), "utf8")) as { version: string };
    expect(`${file}: ${version}`).toBe(`${file}: ${VERSION}`);
  }
});
