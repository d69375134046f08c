import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import type { LoadResult } from "../load/produce.ts";
import { cpuSeconds, forgetPeak, peakResidentMegabytes } from "../process-figures.ts";
import type { Figure } from "./workload.ts";

/** What a load costs the broker while it runs. */
export async function measuredLoad(
  broker: BrokerUnderTest,
  perform: () => Promise<LoadResult>,
): Promise<{ result: LoadResult; figures: Map<Figure, number> }> {
  forgetPeak(broker.pid);
  const cpuBefore = cpuSeconds(broker.pid);
  const result = await perform();
  const figures = loadFigures(result);
  figures.set("broker CPU s/GB", (cpuSeconds(broker.pid) - cpuBefore) / (result.bytes / 1e9));
  figures.set("p50, ms", result.p50Ms);
  figures.set("p99, ms", result.p99Ms);
  figures.set("p99.9, ms", result.p999Ms);
  figures.set("peak RSS, MB", peakResidentMegabytes(broker.pid));
  return { result, figures };
}

export function loadFigures({ bytes, seconds }: LoadResult): Map<Figure, number> {
  return new Map([["MB/s", bytes / seconds / 1e6]]);
}
