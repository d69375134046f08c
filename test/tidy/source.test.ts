import { expect, test } from "vitest";
import { readSource } from "./source.ts";

test("a global is a name that nothing in the file declares", () => {
  const source = readSource(
    "x.ts",
    "const Date = 1;\nuse(Date, performance.now(), o.console, { process: 1 });\nfunction use(Buffer: number) { return Buffer; }\n",
  );
  const names = source.globals.map(({ name, line }) => `${line}:${name}`);
  expect(names).toContain("2:performance");
  expect(names.filter((name) => /Date|console|process|Buffer/.test(name))).toEqual([]);
});

test("Math.random is found, in a comment or a string it is not", () => {
  expect(readSource("x.ts", "// Math.random()\nconst a = 'Date.now()';\nMath.random();\n").globals).toContainEqual({
    name: "Math.random",
    line: 3,
  });
  expect(readSource("x.ts", "// Date.now()\nexport const a = 'Date.now()';\n").globals).toEqual([]);
});

test("imports, re-exports and import types are imports", () => {
  const text =
    'import type { A } from "./a.ts";\nexport * from "./b.ts";\nexport type C = import("./c.ts").C;\nawait import("./d.ts");\n';
  expect(readSource("x.ts", text).imports).toEqual(
    ["./a.ts", "./b.ts", "./c.ts", "./d.ts"].map((module, i) => ({ module, line: i + 1 })),
  );
});

test("state of a module is let or var at the top level, exported or not", () => {
  const text = "let a = 1;\nexport let b = 2;\nconst c = 3;\nfunction f() { let d = 4; return d; }\n";
  expect(readSource("x.ts", text).moduleVariables).toEqual([
    { name: "a", line: 1 },
    { name: "b", line: 2 },
  ]);
});

test("any, enum, namespace and parameter properties are found", () => {
  const source = readSource(
    "x.ts",
    "type A = any;\nenum B { C }\nclass D { constructor(private e: number) {} }\nnamespace F { export const g = 1; }\n",
  );
  expect(source.anys).toEqual([1]);
  expect(source.notErasable.map(({ line }) => line)).toEqual([2, 3, 4]);
});
