import { createRuntime } from "#adapter";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { stored } from "./record-bodies.ts";
import { createTopic } from "./record-requests.ts";
import type { Scenario } from "./scenario.ts";

/** Every codec that a topic may want, from every codec that a client may send, under both timestamp types. */

const runtime = createRuntime();
const START_MS = 1_700_000_000_000;

const levels: Record<string, readonly string[]> = {
  gzip: ["1", "9"],
  lz4: ["1", "12", "17"],
  zstd: ["-5", "1", "19"],
};

export const recompressionScenarios: Scenario[] = (["CreateTime", "LogAppendTime"] as const).flatMap((timestampType) =>
  ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"].map((type) => ({
    name: `compression.type=${type} stores every codec alike under ${timestampType}`,
    async run(transcript) {
      for (const level of levels[type] ?? [undefined]) {
        const name = `sbs-${type}-${timestampType}-${level ?? ""}`;
        await createTopic(transcript, name, {
          "compression.type": type,
          "message.timestamp.type": timestampType,
          ...(level === undefined ? {} : { [`compression.${type}.level`]: level }),
        });
        for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
          const records = Array.from({ length: 300 }, (_, index) => ({
            timestamp: START_MS + ((index * 7) % 50),
            key: index % 3 === 0 ? null : new TextEncoder().encode(`key-${index}`),
            value: index % 5 === 0 ? null : new TextEncoder().encode(`value-${index} `.repeat(20)),
            headers: index % 7 === 0 ? [{ key: "header", value: null }] : [],
          }));
          const partitionData = [{ index: 0, records: buildBatch({ records, compression }, runtime) }];
          const answer = await transcript.connection.ask(ProduceRequest, 12, {
            acks: -1,
            timeoutMs: 5_000,
            topicData: [{ name, partitionData }],
          });
          transcript.note(`level ${level}, ${compression}`, withoutTimes(answer, timestampType));
        }
        transcript.note(`level ${level}, stored`, withoutTimes(await stored(transcript, name), timestampType));
      }
    },
  })),
);

/** The broker's time differs from one run to the other; that it is there, and the same for all records of a batch, does not. */
function withoutTimes(value: unknown, timestampType: string): unknown {
  if (timestampType === "CreateTime") return value;
  return JSON.parse(
    JSON.stringify(value, (key, each) =>
      /timestamp|logAppendTime/i.test(key) && typeof each === "number" && each > START_MS + 1_000
        ? "the broker's time"
        : each,
    ),
  );
}
