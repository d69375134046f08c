import { afterAll, beforeAll, expect, test } from "vitest";
import { codecFor, decode, encodeToBytes } from "../../../src/protocol/codec.ts";
import { layoutOf } from "../../../src/protocol/layout.ts";
import { HeartbeatRequest } from "../../../src/protocol/messages/heartbeat.ts";
import { Reader } from "../../../src/protocol/reader.ts";
import { ALL_VERSIONS, type MessageVersion } from "../../protocol/all-messages.ts";
import { makeInstance, SeededRandom } from "../../protocol/instances.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { CodecPeer, type Made, type Reading } from "./codec-peer.ts";
import { kafkaJson } from "./kafka-json.ts";

/** Where the jars of Apache Kafka 4.4 are, as for `java -cp`; installed when nobody says. */
const classPath = process.env.POLYLOG_KAFKA_CLASSPATH ?? installApacheKafka().broker;
const INSTANCES = Number(process.env.POLYLOG_CODEC_INSTANCES ?? 200);
const MOST_FAILURES_SHOWN = 10;

let peer: CodecPeer;

beforeAll(() => {
  peer = new CodecPeer(classPath);
});

afterAll(() => peer?.close());

test("every version of every message is what Apache Kafka reads and writes", { timeout: 900_000 }, async () => {
  const known = (await peer.list()).flatMap(({ name, lowest, highest }) =>
    Array.from({ length: highest - lowest + 1 }, (_, index) => `${withoutData(name)} version ${lowest + index}`),
  );
  expect(ALL_VERSIONS.map(name).sort()).toEqual(known.sort());

  const failures: string[] = [];
  let compared = 0;
  for (const pair of ALL_VERSIONS) {
    const instances = Array.from({ length: INSTANCES }, (_, seed) => makeInstance(pair.message, pair.version, seed));
    const encoded = instances.map((instance) => encodeToBytes(pair.message, pair.version, instance));
    peer.askToRead(pair, encoded);
    peer.askToMake(pair, INSTANCES, compared * INSTANCES);
    const readings = await peer.readings(INSTANCES);
    const made = await peer.made(INSTANCES);
    failures.push(...readings.flatMap((reading, seed) => checkOurs(pair, seed, encoded[seed]!, reading)));
    failures.push(...made.flatMap((each, index) => checkTheirs(pair, index, each)));
    if (failures.length > MOST_FAILURES_SHOWN) break;
    compared++;
  }
  console.log(`${compared} of ${known.length} (message, version) pairs compared, ${2 * INSTANCES} instances each`);
  expect(failures).toEqual([]);
  expect(compared).toBe(known.length);
});

test("ill-formed UTF-8 reads as it does in Java", async () => {
  const pair = { message: HeartbeatRequest, version: 0 };
  const random = new SeededRandom(7);
  const instances = Array.from({ length: 20_000 }, () => {
    const text = Uint8Array.from({ length: 1 + random.integer(40) }, () => random.pick(UTF8_PIECES));
    const rest = encodeToBytes(HeartbeatRequest, 0, { groupId: "", generationId: 1, memberId: "m" }).subarray(2);
    return Uint8Array.of(0, text.length, ...text, ...rest);
  });
  peer.askToRead(pair, instances);
  const readings = await peer.readings(instances.length);
  const ours = instances.map((bytes) => kafkaJson(layoutOf(HeartbeatRequest, 0), decode(HeartbeatRequest, 0, bytes)));
  expect(ours).toEqual(readings.map(({ json }) => json));
});

/** Bytes that make every kind of sequence: well-formed, too long, cut short, surrogates, beyond the last code point. */
const UTF8_PIECES = [
  ...[0x41, 0x7a, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xec],
  ...[0xed, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff],
];

/** Encoded here, decoded and encoded there: the same bytes, and the same JSON as from what we decode. */
function checkOurs(pair: MessageVersion, seed: number, encoded: Uint8Array, reading: Reading): string[] {
  const where = `${name(pair)}, our instance ${seed}`;
  if (reading.error !== "") return [`${where}: ${reading.error}\n  ${hex(encoded)}`];
  if (!reading.bytes.equals(encoded))
    return [`${where}: bytes\n  ours   ${hex(encoded)}\n  theirs ${hex(reading.bytes)}`];
  return checkJson(where, pair, decode(pair.message, pair.version, encoded) as object, reading);
}

/** Made and encoded there, decoded here: the same JSON, and encoded here the same bytes. */
function checkTheirs(pair: MessageVersion, index: number, { raw, reading }: Made): string[] {
  const where = `${name(pair)}, their instance ${index}`;
  if (reading.error !== "") return [`${where}: ${reading.error}\n  ${hex(raw)}`];
  const reader = new Reader(new Uint8Array(raw));
  let value: unknown;
  try {
    value = codecFor(pair.message, pair.version).decode(reader);
  } catch (error) {
    return [`${where}: ${String(error)}\n  ${hex(raw)}\n  ${reading.json}`];
  }
  if (reader.remaining !== 0) return [`${where}: ${reader.remaining} bytes are left over`];
  const different = checkJson(where, pair, value as object, reading);
  if (different.length > 0) return different;
  const encoded = encodeToBytes(pair.message, pair.version, value);
  return reading.bytes.equals(encoded)
    ? []
    : [`${where}: bytes\n  ours   ${hex(encoded)}\n  theirs ${hex(reading.bytes)}`];
}

/** In the version decoded, and in the lowest and highest, where fields that were not on the wire show their defaults. */
function checkJson(where: string, { message, version }: MessageVersion, value: object, reading: Reading): string[] {
  const { lowest, highest } = message.validVersions;
  const expected: [number, string][] = [
    [version, reading.json],
    [lowest, reading.lowestJson],
    [highest, reading.highestJson],
  ];
  return expected
    .filter(([asVersion, theirs]) => theirs !== "" || asVersion === version)
    .map(([asVersion, theirs]) => ({ asVersion, ours: kafkaJson(layoutOf(message, asVersion), value), theirs }))
    .filter(({ ours, theirs }) => ours !== theirs)
    .map(
      ({ asVersion, ours, theirs }) => `${where}: JSON of version ${asVersion}\n  ours   ${ours}\n  theirs ${theirs}`,
    );
}

/** The classes of requests, responses and headers have "Data" behind the name of their schema. */
function withoutData(className: string): string {
  return className.replace(/(Request|Response|Header)Data$/, "$1");
}

function name({ message, version }: MessageVersion): string {
  return `${message.name} version ${version}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
