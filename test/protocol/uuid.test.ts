import { expect, test } from "vitest";
import {
  isUuid,
  METADATA_TOPIC_ID,
  randomUuid,
  UUID_BYTES,
  uuidFromBytes,
  writeUuid,
  ZERO_UUID,
} from "../../src/protocol/uuid.ts";
import { SeededRandom } from "./instances.ts";

function uuidToBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(UUID_BYTES);
  expect(writeUuid(uuid, bytes, 0)).toBe(true);
  return bytes;
}

test("the text is URL-safe base64 of the bytes, without padding", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 500; round++) {
    const bytes = random.bytes(16);
    const uuid = uuidFromBytes(bytes);
    expect(uuid).toBe(Buffer.from(bytes).toString("base64url"));
    expect(uuidToBytes(uuid)).toEqual(bytes);
  }
});

test("the reserved ids are what Kafka calls them", () => {
  expect(uuidToBytes(ZERO_UUID)).toEqual(new Uint8Array(16));
  expect(uuidToBytes(METADATA_TOPIC_ID)).toEqual(Uint8Array.of(...new Uint8Array(15), 1));
});

test.each([
  "",
  "AAAA",
  "AAAAAAAAAAAAAAAAAAAAA=",
  "AAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAB",
  "AAAAAAAAAAéAAAAAAAAAAA",
])("%j is no uuid", (text) => {
  expect(isUuid(text)).toBe(false);
});

test("a random uuid has version 4 and never begins like an option of a command", () => {
  const random = new SeededRandom(2);
  for (let round = 0; round < 500; round++) {
    const uuid = randomUuid(random.bytes(16));
    if (uuid === undefined) continue;
    expect(uuid.startsWith("-")).toBe(false);
    expect(uuidToBytes(uuid)[6]! >> 4).toBe(4);
  }
  expect(randomUuid(Uint8Array.of(0xfb, ...new Uint8Array(15)))).toBeUndefined();
});
