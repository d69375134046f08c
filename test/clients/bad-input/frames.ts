import { ByteWriter } from "../wire/byte-writer.ts";
import { frame, produceBody, requestBytes } from "../wire/connection.ts";
import { recordBatch } from "../wire/record-batch.ts";

/** Bytes after which no request can be told from the next one, or that are no request at all: the connection must end. */
export interface BrokenInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** What the broker's log line must say besides the peer's address. */
  readonly logged: RegExp;
}

const apiVersions = 18;
const metadata = 3;
const produce = 0;

export const brokenInputs: readonly BrokenInput[] = [
  { name: "garbage", bytes: Buffer.alloc(1_000, 0xa7), logged: /size|length/i },
  {
    name: "a TLS ClientHello",
    bytes: Buffer.from("16030100ca010000c60303aabbccdd", "hex"),
    logged: /TLS|size|length|bytes/i,
  },
  {
    name: "an HTTP request",
    bytes: Buffer.from("GET / HTTP/1.1\r\nHost: broker\r\n\r\n"),
    logged: /HTTP|size|length|bytes/i,
  },
  {
    name: "a frame one byte over socket.request.max.bytes",
    bytes: int32(104_857_601),
    logged: /104857600|socket\.request\.max\.bytes/,
  },
  { name: "a negative frame length", bytes: int32(-1), logged: /-1/ },
  { name: "a frame of no bytes", bytes: int32(0), logged: /header|size|length|bytes/i },
  { name: "a frame shorter than a header", bytes: frame(Buffer.alloc(3)), logged: /header/ },
  { name: "an unknown API key", bytes: framed(9_999, 0, Buffer.alloc(0)), logged: /9999/ },
  { name: "a negative API key", bytes: framed(-2, 0, Buffer.alloc(0)), logged: /-2/ },
  { name: "an unknown version of Metadata", bytes: framed(metadata, 99, Buffer.alloc(8)), logged: /Metadata.*99/ },
  {
    name: "a version of Produce that was removed",
    bytes: framed(produce, 2, produceBody("t", 0, recordBatch([{ value: "v" }]))),
    logged: /Produce.*2/,
  },
  {
    name: "a request that ends in the middle",
    bytes: framed(metadata, 4, new ByteWriter().int32(5).int16(9).finish()),
    logged: /Metadata/,
  },
  {
    name: "an array that claims two billion items",
    bytes: framed(metadata, 4, new ByteWriter().int32(0x7fffffff).int8(0).finish()),
    logged: /Metadata/,
  },
  {
    name: "a string longer than the request",
    bytes: framed(metadata, 4, new ByteWriter().int32(1).int16(32_767).finish()),
    logged: /Metadata/,
  },
  {
    name: "a negative array length where null is not allowed",
    bytes: framed(produce, 7, new ByteWriter().string(null).int16(1).int32(1_000).int32(-1).finish()),
    logged: /Produce/,
  },
  { name: "a varint without an end", bytes: framed(apiVersions, 3, Buffer.alloc(12, 0xff)), logged: /ApiVersions/ },
];

function framed(apiKey: number, apiVersion: number, body: Buffer): Buffer {
  return frame(requestBytes(apiKey, apiVersion, 1, body));
}

function int32(value: number): Buffer {
  return new ByteWriter().int32(value).finish();
}
