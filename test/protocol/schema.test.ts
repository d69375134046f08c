import { describe, expect, test } from "vitest";
import { decode, encodeToBytes, unknownTaggedFields, withDefaults } from "../../src/protocol/codec.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { Reader } from "../../src/protocol/reader.ts";
import {
  array,
  boolean,
  bytes,
  field,
  int8,
  int16,
  int32,
  int64,
  type Message,
  message,
  nullable,
  string,
  struct,
  uint16,
  uint32,
  uuid,
  wideInt64,
} from "../../src/protocol/schema.ts";
import { Writer } from "../../src/protocol/writer.ts";
import { bothCodecs } from "./both-codecs.ts";

const options = { name: "Example", validVersions: "0-2", flexibleVersions: "2+" };

describe("versions", () => {
  const example = message(options, {
    first: int8,
    later: field(int8, { versions: "1+", default: 7 }),
    gone: field(string, { versions: "0", ignorable: true }),
  });

  test("a field is on the wire in its versions only", () => {
    expect(encodeToBytes(example, 0, { first: 1, gone: "x" })).toEqual(Uint8Array.of(1, 0, 1, 0x78));
    expect(encodeToBytes(example, 1, { first: 1, later: 2 })).toEqual(Uint8Array.of(1, 2));
    expect(encodeToBytes(example, 2, { first: 1, later: 2 })).toEqual(Uint8Array.of(1, 2, 0));
  });

  test("elsewhere it decodes to its default", () => {
    expect(decode(example, 0, Uint8Array.of(1, 0, 0))).toEqual({ first: 1, later: 7, gone: "" });
    expect(decode(example, 1, Uint8Array.of(1, 2))).toEqual({ first: 1, later: 2, gone: "" });
  });

  test("a field left out is written at its default", () => {
    expect(encodeToBytes(example, 1, { first: 1 })).toEqual(Uint8Array.of(1, 7));
  });

  test("setting a field that the version lacks is an error, unless it is ignorable or at its default", () => {
    expect(() => encodeToBytes(example, 0, { first: 1, later: 2 })).toThrow("Example.later");
    expect(encodeToBytes(example, 0, { first: 1, later: 7 })).toEqual(Uint8Array.of(1, 0, 0));
    expect(encodeToBytes(example, 1, { first: 1, gone: "x" })).toEqual(Uint8Array.of(1, 7));
  });

  test("a version that the message does not have is an error", () => {
    expect(() => decode(example, 3, Uint8Array.of(1))).toThrow(ProtocolError);
  });

  test("bytes left over are an error", () => {
    expect(() => decode(example, 1, Uint8Array.of(1, 2, 3))).toThrow("1 bytes are left over");
  });
});

describe("null", () => {
  const example = message(options, {
    text: nullable(string, { nullable: "1+" }),
    items: nullable(array(int8), { nullable: "1+" }),
    inner: nullable(struct({ value: int8 }), { nullable: "1+" }),
  });
  const nulls = { text: null, items: null, inner: null };

  test("is a length of -1, and -1 in front of a struct", () => {
    const wire = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    expect(encodeToBytes(example, 1, nulls)).toEqual(wire);
    expect(decode(example, 1, wire)).toEqual(nulls);
  });

  test("is a compact length of 0 in flexible versions", () => {
    const wire = Uint8Array.of(0, 0, 0xff, 0);
    expect(encodeToBytes(example, 2, nulls)).toEqual(wire);
    expect(decode(example, 2, wire)).toEqual(nulls);
  });

  test("is refused in versions that do not allow it, both ways", () => {
    expect(() => encodeToBytes(example, 0, { ...nulls, items: [], inner: { value: 1 } })).toThrow("Example.text");
    expect(() => decode(example, 0, Uint8Array.of(0xff, 0xff, 0, 0, 0, 0, 0))).toThrow("Example.text");
    expect(() => decode(example, 0, Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff, 0))).toThrow("Example.items");
  });

  test("a nullable struct that is there has a 1 in front", () => {
    const value = { text: "", items: [], inner: { value: 5 } };
    expect(encodeToBytes(example, 2, value)).toEqual(Uint8Array.of(1, 1, 1, 5, 0, 0));
    expect(encodeToBytes(example, 0, value)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 5));
  });
});

describe("tagged fields", () => {
  const example = message(options, {
    plain: int8,
    number: field(int32, { versions: "2+", default: -1, tag: 1 }),
    text: nullable(string, { versions: "2+", default: null, tag: 0 }),
    inner: field(struct({ a: field(int8, { default: 3 }) }), { versions: "2+", tag: 4 }),
    maybe: nullable(struct({ a: int8 }), { versions: "2+", tag: 5 }),
  });

  test("at their defaults are not written", () => {
    expect(encodeToBytes(example, 2, { plain: 9, number: -1, inner: { a: 3 } })).toEqual(Uint8Array.of(9, 0));
    expect(decode(example, 2, Uint8Array.of(9, 0))).toEqual({
      plain: 9,
      number: -1,
      text: null,
      inner: { a: 3 },
      maybe: { a: 0 },
    });
  });

  test("are written by ascending tag, with their sizes", () => {
    const wire = Uint8Array.of(9, 3, 0, 2, 2, 0x78, 1, 4, 0, 0, 0, 7, 4, 2, 8, 0);
    expect(encodeToBytes(example, 2, { plain: 9, number: 7, text: "x", inner: { a: 8 } })).toEqual(wire);
    expect(decode(example, 2, wire)).toMatchObject({ number: 7, text: "x", inner: { a: 8 } });
  });

  test("that are null though their default is not, are a single 0", () => {
    const wire = Uint8Array.of(9, 1, 5, 1, 0);
    expect(encodeToBytes(example, 2, { plain: 9, maybe: null })).toEqual(wire);
    expect(decode(example, 2, wire).maybe).toBeNull();
  });

  test("that are nullable structs have a 1 in front", () => {
    expect(encodeToBytes(example, 2, { plain: 9, maybe: { a: 2 } })).toEqual(Uint8Array.of(9, 1, 5, 3, 1, 2, 0));
  });

  test("longer than 127 bytes keep their bytes together", () => {
    const text = "y".repeat(20_000);
    const wire = encodeToBytes(example, 2, { plain: 9, number: 5, text });
    expect(decode(example, 2, wire)).toMatchObject({ number: 5, text });
  });

  test("that nobody knows are kept and written again, between the known ones", () => {
    const wire = Uint8Array.of(9, 3, 1, 4, 0, 0, 0, 7, 2, 1, 0xaa, 90, 0);
    const value = decode(example, 2, wire);
    expect(unknownTaggedFields(value)).toEqual([
      { tag: 2, data: Uint8Array.of(0xaa) },
      { tag: 90, data: new Uint8Array(0) },
    ]);
    expect(encodeToBytes(example, 2, value)).toEqual(wire);
    expect(() => encodeToBytes(example, 1, value)).toThrow(ProtocolError);
  });

  test("with a wrong size are refused", () => {
    expect(() => decode(example, 2, Uint8Array.of(9, 1, 1, 5, 0, 0, 0, 7, 0))).toThrow("Example.number");
    expect(() => decode(example, 2, Uint8Array.of(9, 1, 1, 3, 0, 0, 0, 7))).toThrow("Example.number");
  });

  test("of another version are refused", () => {
    const younger = message(options, { late: field(int8, { versions: "3+", tag: 0 }) });
    expect(() => decode(younger, 2, Uint8Array.of(1, 0, 1, 5))).toThrow("Example.late");
  });
});

describe("values", () => {
  const example = message(options, {
    flag: boolean,
    small: int16,
    port: uint16,
    crc: uint32,
    offset: int64,
    wide: wideInt64,
    id: uuid,
    data: bytes,
  });
  const value = {
    flag: true,
    small: -2,
    port: 65_535,
    crc: 0xffff_ffff,
    offset: Number.MAX_SAFE_INTEGER,
    wide: 2n ** 63n - 1n,
    id: "AAECAwQFBgcICQoLDA0ODw",
    data: Uint8Array.of(1, 2),
  };

  test("have Kafka's layout", () => {
    const wire = [
      ...[1, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      ...[0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      ...[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      ...[0, 0, 0, 2, 1, 2],
    ];
    expect(encodeToBytes(example, 0, value)).toEqual(Uint8Array.from(wire));
    expect(decode(example, 0, Uint8Array.from(wire))).toEqual(value);
  });

  test("any byte but 0 is true", () => {
    const flag = message(options, { flag: boolean });
    expect(decode(flag, 0, Uint8Array.of(5))).toEqual({ flag: true });
  });

  test("an int64 beyond 53 bits is refused by name, a wide one is a bigint", () => {
    const long = message(options, { offset: int64 });
    const wide = message(options, { offset: wideInt64 });
    const wire = Uint8Array.of(0x00, 0x20, 0, 0, 0, 0, 0, 0);
    expect(() => decode(long, 0, wire)).toThrow("Example.offset is beyond 53 bits: 9007199254740992");
    expect(decode(wide, 0, wire)).toEqual({ offset: 2n ** 53n });
    expect(decode(wide, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5))).toEqual({ offset: 5 });
    expect(encodeToBytes(wide, 0, { offset: 5n })).toEqual(encodeToBytes(wide, 0, { offset: 5 }));
    expect(() => encodeToBytes(wide, 0, { offset: 2n ** 63n })).toThrow("Example.offset");
  });

  test.each([
    ["small", 0x8000],
    ["small", 1.5],
    ["small", undefined],
    ["port", -1],
    ["crc", 2 ** 32],
    ["offset", 2 ** 53],
    ["wide", 2 ** 53],
    ["id", "not a uuid"],
  ])("%s can't hold %s", (name, wrong) => {
    for (const codec of Object.values(bothCodecs(example, 0))) {
      expect(() => codec.encode(new Writer(), { ...value, [name]: wrong })).toThrow(`Example.${name}`);
    }
  });

  test("a string of more than 32767 bytes is refused, both ways", () => {
    const text = message(options, { text: string });
    const longest = "x".repeat(32_767);
    expect(decode(text, 2, encodeToBytes(text, 2, { text: longest }))).toEqual({ text: longest });
    expect(() => encodeToBytes(text, 2, { text: `${longest}x` })).toThrow("Example.text");
    const wire = new Uint8Array(40_000);
    wire.set([0x81, 0x80, 0x02]);
    expect(() => decode(text, 2, wire)).toThrow("Example.text");
  });

  test("bytes of a decoded message are views of it, not copies", () => {
    const blob = message(options, { data: bytes });
    const wire = Uint8Array.of(0, 0, 0, 1, 42);
    const { data } = decode(blob, 0, wire);
    wire[4] = 43;
    expect(data).toEqual(Uint8Array.of(43));
  });
});

test("withDefaults gives what a reader would see", () => {
  const example: Message = message(options, {
    name: string,
    items: array({ a: int8, b: field(int8, { default: 5 }) }),
    late: nullable(string, { versions: "2+", default: null }),
  });
  const value = { name: "x", items: [{ a: 1 }] };
  const complete = { name: "x", items: [{ a: 1, b: 5 }], late: null };
  expect(withDefaults(example, value)).toEqual(complete);
  expect(decode(example, 2, encodeToBytes(example, 2, value))).toEqual(complete);
});

test("interpreted codecs read from the reader's position on, as compiled ones do", () => {
  const example = message(options, { a: int8 });
  for (const codec of Object.values(bothCodecs(example, 2))) {
    const reader = new Reader(Uint8Array.of(9, 5, 0, 8), 1);
    expect(codec.decode(reader)).toEqual({ a: 5 });
    expect(reader.remaining).toBe(1);
  }
});
