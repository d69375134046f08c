import { afterAll, beforeAll, expect, test } from "vitest";
import { codecFor, decode, encodeToBytes } from "../../../src/protocol/codec.ts";
import { layoutOf } from "../../../src/protocol/layout.ts";
import { Reader } from "../../../src/protocol/reader.ts";
import { ALL_VERSIONS, type MessageVersion } from "../../protocol/all-messages.ts";
import { makeInstance } from "../../protocol/instances.ts";
import { CodecPeer, type Made, type Reading } from "./codec-peer.ts";
import { kafkaJson } from "./kafka-json.ts";

/** Where the jars of Apache Kafka 4.4 are, as for `java -cp`. */
const classPath = process.env.POLYLOG_KAFKA_CLASSPATH;
const INSTANCES = Number(process.env.POLYLOG_CODEC_INSTANCES ?? 200);
const MOST_FAILURES_SHOWN = 10;

let peer: CodecPeer;

beforeAll(() => {
  if (classPath === undefined) throw new Error("POLYLOG_KAFKA_CLASSPATH has to name the jars of Apache Kafka 4.4");
  peer = new CodecPeer(classPath);
});

afterAll(() => peer?.close());

test("every version of every message is what Apache Kafka reads and writes", { timeout: 300_000 }, async () => {
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

/** Encoded here, decoded and encoded there: the same bytes, and the same JSON as from what we decode. */
function checkOurs(pair: MessageVersion, seed: number, encoded: Uint8Array, reading: Reading): string[] {
  const where = `${name(pair)}, our instance ${seed}`;
  if (reading.error !== "") return [`${where}: ${reading.error}\n  ${hex(encoded)}`];
  if (!reading.bytes.equals(encoded))
    return [`${where}: bytes\n  ours   ${hex(encoded)}\n  theirs ${hex(reading.bytes)}`];
  const json = kafkaJson(layoutOf(pair.message, pair.version), decode(pair.message, pair.version, encoded) as object);
  return json === reading.json ? [] : [`${where}: JSON\n  ours   ${json}\n  theirs ${reading.json}`];
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
  const json = kafkaJson(layoutOf(pair.message, pair.version), value as object);
  if (json !== reading.json) return [`${where}: JSON\n  ours   ${json}\n  theirs ${reading.json}`];
  const encoded = encodeToBytes(pair.message, pair.version, value);
  return reading.bytes.equals(encoded)
    ? []
    : [`${where}: bytes\n  ours   ${hex(encoded)}\n  theirs ${hex(reading.bytes)}`];
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
