import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { createRuntime } from "#adapter";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { soon } from "../../patience.ts";

// The broker is killed again and again while it compacts on a real disk as often as it can.

const runtime = createRuntime();
const text = new TextEncoder();
const KILLS = 6;
const KEYS = 40;
const topic = "settings";
const topicSettings = {
  "cleanup.policy": "compact",
  "segment.ms": "20",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": "0",
};

/** What was acknowledged last of each key, and what was sent after that: null for a delete. */
interface Written {
  readonly acknowledged: Map<string, string | null>;
  readonly sent: Map<string, Set<string | null>>;
  /** The errors that were answered: none is to be. */
  readonly refusals: number[];
}

/** Until the broker is gone. */
async function writeOn(broker: BrokerUnderTest, written: Written, round: number): Promise<void> {
  const connection = await WireConnection.open(broker.host, broker.port);
  try {
    for (let count = 0; ; count++) {
      const entries = Array.from({ length: 3 }, (_, index) => {
        const key = `key-${(count * 7 + index * 11) % KEYS}`;
        return [key, (count + index) % 9 === 0 ? null : `${round} ${count} `.padEnd(100, "x")] as const;
      });
      for (const [key, value] of entries) written.sent.set(key, (written.sent.get(key) ?? new Set()).add(value));
      const records = entries.map(([key, value]) => ({
        timestamp: Date.now(),
        key: text.encode(key),
        value: value === null ? null : text.encode(value),
      }));
      const compression = count % 3 === 0 ? "lz4" : "none";
      const { errorCode } = await connection.produce(topic, 0, buildBatch({ records, compression }, runtime));
      if (errorCode !== 0) return void written.refusals.push(errorCode);
      for (const [key, value] of entries) {
        written.acknowledged.set(key, value);
        written.sent.set(key, new Set());
      }
    }
  } catch (error) {
    // It was killed.
    if (!connection.isClosed) throw error;
  } finally {
    connection.close();
  }
}

async function read(broker: BrokerUnderTest): Promise<{ latest: Map<string, string | null>; records: number }> {
  const connection = await WireConnection.open(broker.host, broker.port);
  const decoder = new TextDecoder();
  const latest = new Map<string, string | null>();
  let records = 0;
  let offset = (await connection.listOffset(topic, 0, -2)).offset;
  const { offset: end } = await connection.listOffset(topic, 0, -1);
  while (offset < end) {
    const { errorCode, records: found } = await connection.fetch(topic, 0, offset);
    expect(errorCode).toBe(0);
    const bytes = new Uint8Array(found);
    for (const position of RecordBatch.batchPositions(bytes)) {
      for (const record of decodeRecords(bytes, position, runtime.compression)) {
        if (record.offset < offset) continue;
        records++;
        latest.set(decoder.decode(record.key!), record.value === null ? null : decoder.decode(record.value));
      }
      offset = Math.max(offset, RecordBatch.nextOffset(bytes, position));
    }
    if (found.length === 0) offset = end;
  }
  connection.close();
  return { latest, records };
}

describe.each(polylogTargets)("on $name", (target) => {
  test("the latest value of every key is there after every kill, and no deleted key comes back", {
    timeout: 600_000,
  }, async () => {
    const broker = await target.start({ "log.cleaner.backoff.ms": "10" });
    try {
      const connection = await WireConnection.open(broker.host, broker.port);
      await connection.createReadyTopic(topic, 1, topicSettings);
      connection.close();
      const written: Written = { acknowledged: new Map(), sent: new Map(), refusals: [] };
      let cleaned = 0;
      for (let round = 0; round < KILLS; round++) {
        const writing = writeOn(broker, written, round);
        writing.catch(() => {});
        await vi.waitFor(() => expect(cleanedUpTo(broker)).toBeGreaterThan(cleaned), soon);
        cleaned = cleanedUpTo(broker);
        await delay(Math.random() * 200);
        await broker.kill();
        await writing;
        expect(written.refusals).toEqual([]);
        await broker.start();
        const { latest } = await read(broker);
        for (const [key, value] of written.acknowledged) {
          const possible = [value, ...written.sent.get(key)!];
          expect(possible, `${key} in round ${round}`).toContain(latest.get(key) ?? null);
        }
        expect([...latest.keys()].filter((key) => !written.sent.has(key))).toEqual([]);
        // What was sent and may be there is from now on what is there.
        for (const key of written.sent.keys()) {
          written.acknowledged.set(key, latest.get(key) ?? null);
          written.sent.set(key, new Set());
        }
      }
      expect(broker.output).not.toMatch(/could not be cleaned|ERROR/);
    } finally {
      await broker.dispose();
    }
  });
});

function cleanedUpTo(broker: BrokerUnderTest): number {
  const path = join(broker.dataDirectory, "cleaner-offset-checkpoint");
  if (!existsSync(path)) return 0;
  expect(readdirSync(broker.dataDirectory)).toContain(`${topic}-0`);
  return Number(new RegExp(`^${topic} 0 (\\d+)$`, "m").exec(readFileSync(path, "utf8"))?.[1] ?? 0);
}
