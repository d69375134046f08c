import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { polylog } from "../command/running-command.ts";

const root = join(import.meta.dirname, "../..");
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);

/** `polylog topic create orders --partitions 6`, in a block or a sentence, up to a comment, a pipe or its end. */
const command = /\bpolylog (?:-- )?((?:server|topic|group|produce|consume|cluster|log|metadata|storage)\b[^`\n#|)]*)/g;

test.each(pages)("every command of %s exists, with the options that it is shown with", async (page) => {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/\\\r?\n\s*/g, "");
  const code = [...text.matchAll(/^```\w*\n[\s\S]*?^```$|`[^`\n]+`/gm)].map(([part]) => part).join("\n");
  for (const [, line = ""] of code.matchAll(command)) {
    const words = line.trim().split(/\s+/);
    const { exitCode, output } = await polylog([...words.filter((word) => !word.startsWith("-")), "--help"]);
    // A list of commands is the help of none.
    expect([line, exitCode, output.includes(" COMMAND [OPTION]")]).toEqual([line, 0, false]);
    for (const option of words.filter((word) => /^--?[a-z]/i.test(word) && word !== "--help")) {
      expect(output, line).toMatch(new RegExp(`(?:^|[ ,])${option}[ ,\n]`));
    }
  }
});

test("there are many of them", () => {
  const all = pages.flatMap((page) => [...readFileSync(join(root, page), "utf8").matchAll(command)]);
  expect(all.length).toBeGreaterThan(30);
});
