import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8").replaceAll("\r\n", "\n");

test("the embedding example of the README is the test that is run", () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const run = readFileSync(join(root, "test/embedding/readme-example.test.ts"), "utf8").replaceAll("\r\n", "\n");
  expect(run.slice(run.indexOf("import"))).toBe(example);
});

test("every script that the README names exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test("every page that the README links to exists", () => {
  const pages = [...readme.matchAll(/\]\(((?:docs|bench)\/[^)]*)\)/g)].map(([, path]) => path!);
  expect(pages.length).toBeGreaterThan(3);
  for (const page of pages)
    expect(() => readFileSync(join(root, page.endsWith("/") ? `${page}run.ts` : page))).not.toThrow();
});
