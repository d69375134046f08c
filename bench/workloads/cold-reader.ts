import { join } from "node:path";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { IdleTimer } from "../idle-timer.ts";
import type { LatencyResult } from "../load/latency.ts";
import { dropPages, segmentPaths } from "../load/page-dropper.ts";
import type { LoadResult } from "../load/produce.ts";
import { runLoad } from "../load/run-load.ts";
import { forgetPeak, peakResidentMegabytes } from "../process-figures.ts";
import { verify } from "./produce.ts";
import { withTopic } from "./topics.ts";
import type { Figures, Workload } from "./workload.ts";

const perSecond = 200;
/** As much stays in the page cache behind the reader. */
const segmentBytes = 64e6;
const partBytes = 256e6;

/**
 * What a consumer at the end of one log notices of another consumer, which reads a log that is on the disk only: end to end
 * at {@link perSecond} records a second, alone and meanwhile. The greatest delay of an idle process's timer meanwhile tells what is
 * the machine's part.
 */
export function coldReaderWorkload(logBytes: number, seconds: number): Workload {
  return {
    id: "cold-reader",
    title: `end to end at ${perSecond} records/s, beside a reader of ${logBytes / 1e9} GB from the disk`,
    // No scratch file: see PageDropper.
    bytes: 0,
    goals: new Map(),
    run: (broker) =>
      withTopic(
        broker,
        1,
        async (cold) => {
          await fill(broker, cold, logBytes);
          const alone = await withTopic(broker, 1, (topic) => tail(broker, topic, seconds));
          forgetPeak(broker.pid);
          const { beside, megabytesPerSecond, idleTimerMs } = await withTopic(broker, 1, (warm) =>
            tailBesideReader(broker, { cold, warm, logBytes, seconds }),
          );
          return new Map([
            ["p50 alone, ms", alone.p50Ms],
            ["p99 alone, ms", alone.p99Ms],
            ["p50, ms", beside.p50Ms],
            ["p99, ms", beside.p99Ms],
            ["p99.9, ms", beside.p999Ms],
            ["idle timer, ms", idleTimerMs],
            ["MB/s", megabytesPerSecond],
            ["peak RSS, MB", peakResidentMegabytes(broker.pid)],
          ]) satisfies Figures;
        },
        { "segment.bytes": `${segmentBytes}` },
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
): Promise<{ beside: LatencyResult; megabytesPerSecond: number; idleTimerMs: number }> {
  let isOver = false;
  const tailing = tail(broker, warm, seconds).finally(() => {
    isOver = true;
  });
  const idleTimer = new IdleTimer();
  const read = { bytes: 0, seconds: 0 };
  do {
    const part = await readAndDrop(broker, cold, logBytes);
    read.bytes += part.bytes;
    read.seconds += part.seconds;
  } while (!isOver);
  const beside = await tailing;
  return { beside, megabytesPerSecond: read.bytes / read.seconds / 1e6, idleTimerMs: idleTimer.stop() };
}

/** What has been read leaves the page cache at once, so that nothing is found there the next time. */
function readAndDrop(
  { host, port, dataDirectory }: BrokerUnderTest,
  topic: string,
  bytes: number,
): Promise<LoadResult> {
  const dropPagesIn = directoryOf(dataDirectory, topic);
  return runLoad({ kind: "fetch", host, port, topic, consumers: 1, bytesPerConsumer: bytes, dropPagesIn });
}

function tail({ host, port }: BrokerUnderTest, topic: string, seconds: number): Promise<LatencyResult> {
  return runLoad({ kind: "latency", host, port, topic, records: perSecond * seconds, perSecond });
}

/** Parts leave the page cache as soon as they are written: see {@link PageDropper}. */
async function fill(broker: BrokerUnderTest, topic: string, bytes: number): Promise<void> {
  const { host, port } = broker;
  const directory = directoryOf(broker.dataDirectory, topic);
  const parts = Math.ceil(bytes / partBytes);
  let written = 0;
  let dropped = 0;
  for (let part = 0; part < parts; part++) {
    const { records } = await runLoad({
      kind: "produce",
      ...{ host, port, topics: [topic], partitions: 1, partitionsPerRequest: 1 },
      ...{ recordBytes: 1_024, batchBytes: 1_000_000, totalBytes: bytes / parts, connections: 1, compression: "none" },
    });
    written += records;
    const segments = segmentPaths(directory);
    for (const path of segments.slice(dropped)) await dropPages(path);
    // The last one goes on.
    dropped = segments.length - 1;
  }
  await verify(broker, topic, 1, written, directory);
}

function directoryOf(dataDirectory: string, topic: string): string {
  return join(dataDirectory, `${topic}-0`);
}
