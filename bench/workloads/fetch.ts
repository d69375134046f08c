import { runLoad } from "../load/run-load.ts";
import { loadFigures, measuredLoad } from "./measured-load.ts";
import { verify } from "./produce.ts";
import { withTopic } from "./topics.ts";
import type { Workload } from "./workload.ts";

export interface FetchShape {
  readonly id: string;
  readonly title: string;
  readonly consumers: number;
  /** Of the log that is read. */
  readonly logBytes: number;
  /** Read by all consumers together. */
  readonly bytes: number;
}

/** Consumers that read a log of 1 KB records in 1 MB batches from the page cache, a megabyte an answer. */
export function fetchWorkload({ id, title, consumers, logBytes, bytes }: FetchShape): Workload {
  const load = (host: string, port: number, topic: string) =>
    ({ kind: "fetch", host, port, topic, consumers, bytesPerConsumer: bytes / consumers }) as const;
  return {
    id,
    title,
    bytes: logBytes,
    goals: new Map([
      ["MB/s", { best: 1.3, every: 1 }],
      ["broker CPU s/GB", { best: 0.6, every: 1 }],
    ]),
    run: (broker) =>
      withTopic(broker, 1, async (topic) => {
        const written = await runLoad({
          kind: "produce",
          ...{ host: broker.host, port: broker.port, topics: [topic], partitions: 1, partitionsPerRequest: 1 },
          ...{ recordBytes: 1_024, batchBytes: 1_000_000, totalBytes: logBytes, connections: 1, compression: "none" },
        });
        // It warms the reading, too.
        await verify(broker, topic, 1, written.records);
        const { figures } = await measuredLoad(broker, () => runLoad(load(broker.host, broker.port, topic)));
        // The consumers have looked at offsets only.
        await verify(broker, topic, 1, written.records);
        return figures;
      }),
    runAgainstSink: async (host, port) => loadFigures(await runLoad(load(host, port, "sink"))),
  };
}
