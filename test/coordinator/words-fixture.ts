import { createSimulatedRuntime, ManualClock } from "../../adapters/simulator/index.ts";
import type { Coordinator, CoordinatorSerde, RecordOrigin } from "../../src/coordinator/coordinator.ts";
import { CoordinatorDriver } from "../../src/coordinator/coordinator-driver.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import type { Timeline } from "../../src/timeline/timeline.ts";
import { TimelineMap } from "../../src/timeline/timeline-map.ts";
import { MemoryPartition } from "./memory-partition.ts";

/** The smallest coordinator: a table of words. */
export class Words implements Coordinator<Word> {
  readonly table: TimelineMap<string, string>;
  readonly loaded: () => void;

  constructor(timeline: Timeline, loaded = () => {}) {
    this.table = new TimelineMap(timeline);
    this.loaded = loaded;
  }

  replay({ key, value }: Word, _origin: RecordOrigin): void {
    if (value === null) this.table.delete(key);
    else this.table.set(key, value);
  }

  replayEndTransactionMarker(): void {}
  reverted(): void {}
  unloaded(): void {}
}

export interface Word {
  readonly key: string;
  readonly value: string | null;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const serde: CoordinatorSerde<Word> = {
  serialize: ({ key, value }) => ({ key: encode(key), value: value === null ? null : encode(value) }),
  deserialize: (key, value) => {
    if (decode(key) === "corrupt") throw new Error("not a word");
    return { key: decode(key), value: value && decode(value) };
  },
};

export class WordsFixture {
  readonly clock = new ManualClock();
  readonly runtime = createSimulatedRuntime({ seed: 1, clock: this.clock });
  readonly partition = new MemoryPartition();
  readonly events: string[] = [];
  /** What a coordinator does first. */
  loaded = () => {};
  readonly driver = new CoordinatorDriver<Word, Words>({
    runtime: this.runtime,
    topic: "words",
    create: (_, timeline) => new Words(timeline, () => this.loaded()),
    serde,
    compression: "none",
    commitTimeoutMs: 5000,
    loadBufferBytes: 1024,
  });

  elect(): void {
    this.driver.elected(0, this.partition);
    this.clock.runUntilIdle();
  }

  put(key: string, value: string | null): void {
    this.driver.write(
      0,
      (_, decision) => decision.append({ key, value }),
      () => this.events.push(`${key} stored`),
      (errorCode) => this.events.push(`${key} failed ${errorCode}`),
    );
  }

  get(key: string): string | undefined | number {
    let found: string | undefined | number;
    this.driver.read(
      0,
      (words) => {
        found = words.table.getCommitted(key);
      },
      (errorCode) => {
        found = errorCode;
      },
    );
    return found;
  }

  recordCounts(): number[] {
    return this.partition.batches.map((batch) => RecordBatch.recordCount(batch, 0));
  }
}
