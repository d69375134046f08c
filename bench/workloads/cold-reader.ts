import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import type { LatencyResult } from "../load/latency.ts";
import { runLoad } from "../load/run-load.ts";
import { forgetPeak, peakResidentMegabytes } from "../process-figures.ts";
import { verify } from "./produce.ts";
import { withTopic } from "./topics.ts";
import type { Figures, Workload } from "./workload.ts";

const perSecond = 200;

/**
 * What a consumer at the end of one log notices of another consumer, which reads a log that is on the disk only: end to end
 * at {@link perSecond} records a second, alone and meanwhile.
 */
export function coldReaderWorkload(logBytes: number, seconds: number): Workload {
  return {
    id: "cold-reader",
    title: `end to end at ${perSecond} records/s, beside a reader of ${logBytes / 1e9} GB from the disk`,
    bytes: logBytes,
    goals: new Map(),
    run: (broker) =>
      withTopic(broker, 1, (cold) =>
        withTopic(broker, 1, async (warm) => {
          await fill(broker, cold, logBytes);
          const alone = await withTopic(broker, 1, (topic) => tail(broker, topic, seconds));
          forgetPeak(broker.pid);
          const { beside, megabytesPerSecond } = await tailBesideReader(broker, { cold, warm, logBytes, seconds });
          return new Map([
            ["p50 alone, ms", alone.p50Ms],
            ["p99 alone, ms", alone.p99Ms],
            ["p50, ms", beside.p50Ms],
            ["p99, ms", beside.p99Ms],
            ["p99.9, ms", beside.p999Ms],
            ["MB/s", megabytesPerSecond],
            ["peak RSS, MB", peakResidentMegabytes(broker.pid)],
          ]) satisfies Figures;
        }),
      ),
  };
}

interface Reading {
  readonly cold: string;
  readonly warm: string;
  readonly logBytes: number;
  readonly seconds: number;
}

/** The log is read from the disk again and again until the other has measured for as long as it shall. */
async function tailBesideReader(
  broker: BrokerUnderTest,
  { cold, warm, logBytes, seconds }: Reading,
): Promise<{ beside: LatencyResult; megabytesPerSecond: number }> {
  let isOver = false;
  const tailing = tail(broker, warm, seconds).finally(() => {
    isOver = true;
  });
  const read = { bytes: 0, seconds: 0 };
  do {
    forgetPages(join(broker.dataDirectory, `${cold}-0`));
    const { host, port } = broker;
    const part = await runLoad({
      kind: "fetch",
      ...{ host, port, topic: cold, consumers: 1, bytesPerConsumer: logBytes },
    });
    read.bytes += part.bytes;
    read.seconds += part.seconds;
  } while (!isOver);
  return { beside: await tailing, megabytesPerSecond: read.bytes / read.seconds / 1e6 };
}

function tail({ host, port }: BrokerUnderTest, topic: string, seconds: number): Promise<LatencyResult> {
  return runLoad({ kind: "latency", host, port, topic, records: perSecond * seconds, perSecond });
}

async function fill(broker: BrokerUnderTest, topic: string, bytes: number): Promise<void> {
  const { host, port } = broker;
  const { records } = await runLoad({
    kind: "produce",
    ...{ host, port, topics: [topic], partitions: 1, partitionsPerRequest: 1 },
    ...{ recordBytes: 1_024, batchBytes: 1_000_000, totalBytes: bytes, connections: 1, compression: "none" },
  });
  await verify(broker, topic, 1, records);
  forgetPages(join(broker.dataDirectory, `${topic}-0`));
}

/** Writes to the disk what is not there yet, and drops the files' pages from the page cache (GNU dd knows how). */
function forgetPages(directory: string): void {
  for (const name of readdirSync(directory).filter((file) => file.endsWith(".log")))
    execFileSync("dd", [`of=${join(directory, name)}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
}
