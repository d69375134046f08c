import { expect } from "vitest";
import { createCompression } from "../../adapters/shared/compression/compression.ts";
import type { Compression } from "../../src/runtime.ts";
import { differsAt } from "../conformance/subject.ts";
import { fakeForeignFunctions } from "./fake-foreign-functions.ts";

/** Compression where there is no foreign function interface. */
export function withoutLibraries(
  report: (text: string) => void,
  loadZlib?: Parameters<typeof createCompression>[2],
): Compression {
  return createCompression(fakeForeignFunctions({ obstacle: () => "it is not wanted" }), report, loadZlib);
}

/** Both give the same bytes, or the same error. */
export function expectSameOutcome(actual: () => Uint8Array, expected: () => Uint8Array): void {
  const known = outcomeOf(expected);
  const found = outcomeOf(actual);
  if (known instanceof Error || found instanceof Error) expect(String(found)).toBe(String(known));
  else expect(differsAt(found, known)).toBeUndefined();
}

function outcomeOf(call: () => Uint8Array): Uint8Array | Error {
  try {
    return call();
  } catch (error) {
    return error as Error;
  }
}
