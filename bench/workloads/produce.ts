import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import type { LoadCompression } from "../load/batches.ts";
import type { ProduceLoad } from "../load/produce.ts";
import { runLoad } from "../load/run-load.ts";
import { loadFigures, measuredLoad } from "./measured-load.ts";
import { withTopic } from "./topics.ts";
import type { Figures, Goal, Workload } from "./workload.ts";

export interface ProduceShape {
  readonly id: string;
  readonly title: string;
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly bytes: number;
  readonly partitions?: number;
  readonly connections?: number;
  readonly compression?: LoadCompression;
  readonly goal?: Goal;
}

/** Pre-encoded batches, acks=all, five requests in flight on a connection. */
export function produceWorkload(shape: ProduceShape): Workload {
  const partitions = shape.partitions ?? 1;
  const load = (host: string, port: number, topic: string): ProduceLoad => ({
    kind: "produce",
    ...{ host, port, topics: [topic], partitions, partitionsPerRequest: 1 },
    recordBytes: shape.recordBytes,
    batchBytes: shape.batchBytes,
    totalBytes: shape.bytes,
    connections: shape.connections ?? 1,
    compression: shape.compression ?? "none",
  });
  const run = (broker: BrokerUnderTest): Promise<Figures> =>
    withTopic(broker, partitions, async (topic) => {
      const { result, figures } = await measuredLoad(broker, () => runLoad(load(broker.host, broker.port, topic)));
      await verify(broker, topic, partitions, result.records);
      return figures;
    });
  return {
    id: shape.id,
    title: shape.title,
    bytes: shape.bytes,
    goals: shape.goal
      ? new Map([
          ["MB/s", shape.goal],
          ["broker CPU s/GB", { best: 0.8, every: 1 }],
        ])
      : new Map(),
    run,
    runAgainstSink: async (host, port) => loadFigures(await runLoad(load(host, port, "sink"))),
  };
}

export async function verify(
  broker: BrokerUnderTest,
  topic: string,
  partitions: number,
  written: number,
  dropPagesIn?: string,
): Promise<void> {
  const { records } = await runLoad({
    kind: "verify",
    host: broker.host,
    port: broker.port,
    topics: [topic],
    partitions,
    ...(dropPagesIn === undefined ? {} : { dropPagesIn }),
  });
  if (records !== written) throw new Error(`${written} records were acknowledged, ${records} are there`);
}
