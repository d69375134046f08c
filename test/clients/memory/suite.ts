import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { residentBytes } from "../bad-input/suite.ts";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { frame, requestBytes, WireConnection } from "../wire/connection.ts";
import { recordBatch } from "../wire/record-batch.ts";

const API_VERSIONS = 18;
const FETCH = 1;
const IDLE_CONNECTIONS = 5_000;
const SLOW_CONSUMERS = 200;
const ASKED_BYTES = 50 << 20;
/** Beyond what may wait to be accepted the system tries again after a second. */
const LISTEN_BACKLOG = 512;
const OPENED_AT_ONCE = 100;
const LIMIT_BYTES = 40 << 20;
/** Against the 10 GB that they ask for. */
const SLOW_LIMIT_BYTES = 64 << 20;

/** Memory that connections take, for as long as they are there. */
export function memorySuite(target: Target, areRangesCopied: boolean): void {
  describe(`memory of ${target.name}${areRangesCopied ? ", where ranges are copied" : ""}`, () => {
    let broker: BrokerUnderTest;
    let bystander: WireConnection;
    const topic = uniqueName("large");
    beforeAll(async () => {
      broker = await target.start({
        "socket.listen.backlog.size": String(LISTEN_BACKLOG),
        "polylog.zero.copy": areRangesCopied ? "off" : "auto",
      });
      bystander = await WireConnection.open(broker.host, broker.port);
      await bystander.createReadyTopic(topic);
      // What a first use leaves behind does not count.
      for (const connection of await open(500)) {
        await connection.request(API_VERSIONS, 0, new Uint8Array(0));
        connection.close();
      }
    }, 120_000);
    afterAll(async () => {
      bystander?.close();
      await broker?.dispose();
    });

    async function open(count: number): Promise<WireConnection[]> {
      const connections: WireConnection[] = [];
      while (connections.length < count) {
        const next = Math.min(OPENED_AT_ONCE, count - connections.length);
        const opened = Array.from({ length: next }, () => WireConnection.open(broker.host, broker.port, 60_000));
        connections.push(...(await Promise.all(opened)));
      }
      // Accepted in order: all of them are, when the last one is answered.
      await connections.at(-1)!.request(API_VERSIONS, 0, new Uint8Array(0));
      return connections;
    }

    test.skipIf(areRangesCopied)(
      "5,000 idle connections take no more than 40 MB",
      {
        timeout: 120_000,
      },
      async () => {
        const beforeBytes = residentBytes(broker.pid);
        const connections = await open(IDLE_CONNECTIONS);
        const grownBytes = residentBytes(broker.pid) - beforeBytes;
        for (const connection of connections) connection.close();
        expect(grownBytes).toBeLessThanOrEqual(LIMIT_BYTES);
      },
    );

    test("200 slow consumers that each ask for 50 MB take no more than 64 MB in all", {
      timeout: 120_000,
    }, async () => {
      const batch = recordBatch([{ value: "x".repeat(1_000_000) }]);
      for (let sentBytes = 0; sentBytes < ASKED_BYTES; sentBytes += batch.length) {
        await bystander.produce(topic, 0, batch);
      }
      const beforeBytes = residentBytes(broker.pid);
      const consumers = await open(SLOW_CONSUMERS);
      for (const consumer of consumers) {
        consumer.stopReading();
        consumer.send(frame(requestBytes(FETCH, 4, 1, fetchAll())));
      }
      let largestBytes = 0;
      // Each is answered once, at least in part, before the broker is done with what came after it.
      for (let round = 0; round < 20; round++) {
        await bystander.produce(topic, 0, batch);
        largestBytes = Math.max(largestBytes, residentBytes(broker.pid) - beforeBytes);
      }
      for (const consumer of consumers) consumer.close();
      expect(largestBytes).toBeLessThanOrEqual(SLOW_LIMIT_BYTES);
    });

    /** Replica, wait, least, most, isolation; one topic of one partition from its beginning. */
    function fetchAll(): Uint8Array {
      return new ByteWriter()
        .int32(-1)
        .int32(0)
        .int32(1)
        .int32(ASKED_BYTES)
        .int8(0)
        .int32(1)
        .string(topic)
        .int32(1)
        .int32(0)
        .int64(0)
        .int32(ASKED_BYTES)
        .finish();
    }
  });
}
