import { runLoad } from "../load/run-load.ts";
import { forgetPeak, peakResidentMegabytes } from "../process-figures.ts";
import { verify } from "./produce.ts";
import { withTopic } from "./topics.ts";
import type { Workload } from "./workload.ts";

const perSecond = 200;
const goal = { best: 0.7, every: 1 };

/** From the write of a record, acks=all, to its arrival at a consumer that waits. */
export function latencyWorkload(seconds: number): Workload {
  return {
    id: "latency",
    title: `end to end at ${perSecond} records/s`,
    bytes: 0,
    goals: new Map([
      ["p50, ms", goal],
      ["p99, ms", goal],
    ]),
    run: (broker) =>
      withTopic(broker, 1, async (topic) => {
        forgetPeak(broker.pid);
        const result = await runLoad({
          kind: "latency",
          ...{ host: broker.host, port: broker.port, topic, records: perSecond * seconds, perSecond },
        });
        const peak = peakResidentMegabytes(broker.pid);
        await verify(broker, topic, 1, result.records);
        return new Map([
          ["p50, ms", result.p50Ms],
          ["p99, ms", result.p99Ms],
          ["p99.9, ms", result.p999Ms],
          ["peak RSS, MB", peak],
        ]);
      }),
  };
}
