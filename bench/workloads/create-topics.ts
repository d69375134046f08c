import { setTimeout as delay } from "node:timers/promises";
import { uniqueName } from "../../test/clients/topic-names.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { deleteTopics } from "./topics.ts";
import type { Workload } from "./workload.ts";

const limitMs = 120_000;
const pauseMs = 1;

/** Topics that are created one by one, up to the first write on the last partition of the last of them. */
export function createTopicsWorkload(id: string, topicCount: number, partitions: number): Workload {
  const title = topicCount === 1 ? `1 topic of ${partitions} partitions` : `${topicCount} topics of ${partitions}`;
  return {
    id,
    title: `${title}, to the first write on the last`,
    bytes: 0,
    goals: new Map([["ms", { best: 0.2, every: 0.3 }]]),
    run: async (broker) => {
      const topics = Array.from({ length: topicCount }, () => uniqueName("bench"));
      const connection = await WireConnection.open(broker.host, broker.port, limitMs);
      const startedMs = performance.now();
      for (const topic of topics) {
        const errorCode = await connection.createTopic(topic, partitions, { "file.delete.delay.ms": "0" });
        if (errorCode !== 0) throw new Error(`creating ${topic} was answered with error ${errorCode}`);
      }
      const batch = recordBatch([{ value: "first" }]);
      while ((await connection.produce(topics.at(-1)!, partitions - 1, batch)).errorCode !== 0) {
        if (performance.now() - startedMs > limitMs) throw new Error(`${topics.at(-1)} takes no records`);
        await delay(pauseMs);
      }
      const ms = performance.now() - startedMs;
      connection.close();
      await deleteTopics(broker, topics);
      return new Map([["ms", ms]]);
    },
  };
}
