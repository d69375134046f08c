import { expect, test } from "vitest";
import { addressToBytes, canonicalAddress, javaHost } from "../../src/server/ip-address.ts";

test("an address is shown as Java prints it", () => {
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

test("an address has one text, however it is written", () => {
  const texts = {
    "10.0.0.7": "10.0.0.7",
    "::FFFF:10.0.0.7": "10.0.0.7",
    "0:0:0:0:0:ffff:a00:7": "10.0.0.7",
    "64:ff9b::10.0.0.7": "64:ff9b:0:0:0:0:a00:7",
    "2001:DB8:0::0001": "2001:db8:0:0:0:0:0:1",
  };
  for (const [address, text] of Object.entries(texts)) expect(canonicalAddress(address)).toBe(text);
  for (const none of ["", "localhost", "10.0.0", "10.0.0.256", "1::2::3", "1:2:3", "::12345"]) {
    expect(addressToBytes(none)).toBeUndefined();
  }
});
