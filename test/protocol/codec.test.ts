import { afterEach, describe, expect, test, vi } from "vitest";
import { codecFor, decode, encode, encodeToBytes, joinParts } from "../../src/protocol/codec.ts";
import { isCodeGenerationAllowed } from "../../src/protocol/compile.ts";
import { array, int32, message, string } from "../../src/protocol/schema.ts";

const makeExample = () =>
  message(
    { name: "Example", validVersions: "0-2", flexibleVersions: "2+" },
    { name: string, items: array({ value: int32 }) },
  );
const value = { name: "example", items: [{ value: 1 }, { value: 2 }] };

class RefusedFunction {
  constructor() {
    throw new EvalError("Code generation from strings disallowed for this context");
  }
}

describe("where code generation is refused", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("closures read and write the same bytes", () => {
    const bytes = encodeToBytes(makeExample(), 2, value);
    expect(isCodeGenerationAllowed()).toBe(true);
    vi.stubGlobal("Function", RefusedFunction);
    expect(isCodeGenerationAllowed()).toBe(false);
    const example = makeExample();
    expect(encodeToBytes(example, 2, value)).toEqual(bytes);
    expect(decode(example, 2, bytes)).toEqual(value);
  });
});

test("a codec is made once per version and kept with its message", () => {
  const example = makeExample();
  expect(codecFor(example, 1)).toBe(codecFor(example, 1));
  expect(codecFor(example, 1)).not.toBe(codecFor(example, 2));
  expect([...example.codecs.keys()]).toEqual([1, 2]);
  expect(makeExample().codecs.size).toBe(0);
});

test("a codec that is used again and again is compiled, and reads and writes what it did before", () => {
  const generated = vi.spyOn(globalThis, "Function");
  const example = makeExample();
  const bytes = encodeToBytes(example, 2, value);
  for (let use = 0; use < 6; use++) expect(decode(example, 2, encodeToBytes(example, 2, value))).toEqual(value);
  expect(generated).not.toHaveBeenCalled();
  for (let use = 0; use < 6; use++) {
    expect(encodeToBytes(example, 2, value)).toEqual(bytes);
    expect(decode(example, 2, bytes)).toEqual(value);
  }
  expect(generated).toHaveBeenCalledTimes(2);
  generated.mockRestore();
});

test("messages of very different sizes follow each other unharmed", () => {
  const example = makeExample();
  const long = { name: "n", items: Array.from({ length: 50_000 }, (_, index) => ({ value: index })) };
  for (const each of [value, long, value, long]) {
    expect(decode(example, 2, joinParts(encode(example, 2, each)))).toEqual(each);
  }
});
