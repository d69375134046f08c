import { expect, it } from "vitest";
import { uuidText } from "../../../src/coordinator/group/group-request-context.ts";

it("a member id ends in a version 4 uuid", () => {
  expect(uuidText(Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index))).toBe(
    "f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff",
  );
});
