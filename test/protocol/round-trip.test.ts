import { describe, expect, test } from "vitest";
import { joinParts } from "../../src/protocol/codec.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { Writer } from "../../src/protocol/writer.ts";
import { ALL_MESSAGES, versionsOf } from "./all-messages.ts";
import { bothCodecs } from "./both-codecs.ts";
import { makeInstance } from "./instances.ts";

const INSTANCES = 12;

describe("every version of every message", () => {
  test.each(ALL_MESSAGES.map((message) => [message.name, message] as const))(
    "%s comes back as it went, compiled and interpreted",
    (_, message) => {
      for (const version of versionsOf(message)) {
        const { compiled, interpreted } = bothCodecs(message, version);
        for (let seed = 0; seed < INSTANCES; seed++) {
          const instance = makeInstance(message, version, seed);
          const bytes = encodeWith(compiled, instance);
          const where = `version ${version} seed ${seed}`;
          expect(encodeWith(interpreted, instance), where).toEqual(bytes);
          for (const codec of [compiled, interpreted]) {
            const reader = new Reader(bytes);
            expect(codec.decode(reader), where).toEqual(instance);
            expect(reader.remaining, where).toBe(0);
          }
        }
      }
    },
  );
});

function encodeWith(codec: { encode(writer: Writer, value: unknown): void }, value: unknown): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, value);
  const { length } = writer;
  const bytes = joinParts(writer.finish());
  expect(bytes.length).toBe(length);
  return bytes;
}
