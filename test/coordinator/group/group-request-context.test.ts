import { expect, it } from "vitest";
import { javaHost, uuidText } from "../../../src/coordinator/group/group-request-context.ts";

it("an address is shown as Java prints it", () => {
  const shown = {
    "10.0.0.7": "/10.0.0.7",
    "::ffff:10.0.0.7": "/10.0.0.7",
    "::1": "/0:0:0:0:0:0:0:1",
    "::": "/0:0:0:0:0:0:0:0",
    "2001:db8::8:800:200c:417a": "/2001:db8:0:0:8:800:200c:417a",
    "fe80::1%eth0": "/fe80:0:0:0:0:0:0:1%eth0",
    "1:2:3:4:5:6:7:8": "/1:2:3:4:5:6:7:8",
  };
  for (const [address, host] of Object.entries(shown)) expect(javaHost(address)).toBe(host);
});

it("a member id ends in a version 4 uuid", () => {
  expect(uuidText(Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index))).toBe(
    "f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff",
  );
});
