import { coldReaderWorkload } from "./cold-reader.ts";
import { createTopicsWorkload } from "./create-topics.ts";
import { fetchWorkload } from "./fetch.ts";
import { latencyWorkload } from "./latency.ts";
import { librdkafkaWorkloads } from "./librdkafka.ts";
import { openWorkload } from "./open.ts";
import { produceWorkload } from "./produce.ts";
import { startWorkload } from "./start.ts";
import type { Workload } from "./workload.ts";

const largeBatch = 1_000_000;
const smallBatch = 16_384;

/** All of them. `scale` makes runs shorter: a tenth is for a look, not for figures. */
export function benchWorkloads(scale: number): readonly Workload[] {
  const gigabyte = 1e9 * scale;
  const some = 0.3 * gigabyte;
  const spread = { partitions: 12, connections: 8, recordBytes: 1_024, batchBytes: largeBatch, bytes: gigabyte };
  const spreadGoal = { best: 1.2, every: 1 };
  return [
    produceWorkload({
      ...{ id: "produce", title: "produce, 1 KB records in 1 MB batches" },
      ...{ recordBytes: 1_024, batchBytes: largeBatch, bytes: gigabyte },
      goal: { best: 1.2, every: 1 },
    }),
    produceWorkload({
      ...{ id: "produce-16k", title: "produce, 1 KB records in 16 KB batches" },
      ...{ recordBytes: 1_024, batchBytes: smallBatch, bytes: some },
      goal: { best: 2, every: 1.3 },
    }),
    produceWorkload({
      ...{ id: "produce-100b", title: "produce, 100 B records in 1 MB batches" },
      ...{ recordBytes: 100, batchBytes: largeBatch, bytes: gigabyte },
      goal: { best: 2, every: 1.5 },
    }),
    produceWorkload({
      ...spread,
      ...{ id: "produce-lz4", title: "produce, 1 KB records, lz4, 8 connections to 12 partitions" },
      ...{ compression: "lz4", goal: spreadGoal },
    }),
    produceWorkload({
      ...spread,
      ...{ id: "produce-zstd", title: "produce, 1 KB records, zstd, 8 connections to 12 partitions" },
      ...{ compression: "zstd", goal: spreadGoal },
    }),
    fetchWorkload({
      ...{ id: "fetch", title: "fetch, 1 KB records in 1 MB batches, 1 consumer" },
      ...{ consumers: 1, logBytes: gigabyte, bytes: 4 * gigabyte },
    }),
    fetchWorkload({
      ...{ id: "fetch-3", title: "fetch, 1 KB records in 1 MB batches, 3 consumers" },
      ...{ consumers: 3, logBytes: gigabyte, bytes: 4 * gigabyte },
    }),
    latencyWorkload(scale < 1 ? 2 : 10),
    coldReaderWorkload(4 * gigabyte, scale < 1 ? 2 : 6),
    startWorkload(),
    openWorkload("open-stopped", 1_000 * scale, "stop"),
    openWorkload("open-killed", 1_000 * scale, "kill"),
    createTopicsWorkload("topic-1000", 1, 1_000),
    createTopicsWorkload("topics-100", 100, 10),
    ...librdkafkaWorkloads(Math.round(1_000_000 * scale)),
  ];
}
