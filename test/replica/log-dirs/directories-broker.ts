import { createSimulatedRuntime, type SimulatedRuntime } from "../../../adapters/simulator/index.ts";
import { alterReplicaLogDirs } from "../../../src/api/alter-replica-log-dirs.ts";
import type { Log } from "../../../src/log/log.ts";
import type { LogConfig } from "../../../src/log/log-config.ts";
import { writeMetaProperties } from "../../../src/log/meta-properties.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { TestBroker } from "../../api/test-broker.ts";
import { settled } from "../../log/log-fixture.ts";

export const IDS: Readonly<Record<string, string>> = {
  "/d1": "11111111111111111111AA",
  "/d2": "22222222222222222222AA",
  "/d3": "33333333333333333333AA",
};

/** A broker with three log directories, on a computer that may be started again. */
export class DirectoriesBroker {
  runtime: SimulatedRuntime;
  broker!: TestBroker;
  /** The directory that the metadata has at a start. */
  assigned: string | undefined = "/d1";

  private constructor(runtime: SimulatedRuntime) {
    this.runtime = runtime;
  }

  static async start(): Promise<DirectoriesBroker> {
    const runtime = createSimulatedRuntime({ seed: 1 });
    for (const [path, directoryId] of Object.entries(IDS)) {
      runtime.files.makeDirectory(path);
      await writeMetaProperties(runtime.files, path, { clusterId: "c", nodeId: 1, directoryId });
    }
    await runtime.files.syncDirectory("/");
    const started = new DirectoriesBroker(runtime);
    await started.startBroker();
    return started;
  }

  /** A kill, `meanwhile`, and the start after it. */
  async restart(meanwhile: (runtime: SimulatedRuntime) => void = () => {}): Promise<void> {
    this.broker.directories.close();
    this.broker.replicas.close();
    this.broker.logs.kill();
    meanwhile(this.runtime);
    this.runtime = createSimulatedRuntime({ seed: 2, files: this.runtime.files });
    await this.startBroker();
  }

  /** Lets time go on, and what waits for the disk in it. */
  async run(ms = 0): Promise<void> {
    await this.runtime.clock.advanceWithPromises(ms);
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.runtime.clock.advanceWithPromises(0);
    }
  }

  log(topic = "t"): Log {
    return this.broker.partition(topic).log!;
  }

  directoryOf(topic = "t"): string {
    return this.broker.logs.directoryOf(this.log(topic));
  }

  future(topic = "t"): Log | undefined {
    return this.broker.logs.moves.future(topic, 0);
  }

  /** The directories that the controller has been told, and has not taken in yet. */
  get told(): (string | undefined)[] {
    return this.broker.assignments.map(({ directoryId }) => Object.keys(IDS).find((path) => IDS[path] === directoryId));
  }

  /** The controller takes in what it has been told so far. */
  accept(): void {
    for (const { accepted } of this.broker.assignments.splice(0)) accepted();
  }

  /** Answers the error codes. */
  alter(path: string, topic = "t", partitions: number[] = [0]): number[] {
    const request = { dirs: [{ path, topics: [{ name: topic, partitions }] }] };
    const { response } = this.broker.send(alterReplicaLogDirs, 2, request);
    return response!.results.flatMap((result) => result.partitions.map(({ errorCode }) => errorCode));
  }

  /** Batches of one record each, in the sequence of one producer. */
  append(topic = "t", count = 1): void {
    for (let index = 0; index < count; index++) {
      const producer = { producerId: 5, producerEpoch: 0, baseSequence: this.log(topic).logEndOffset };
      const batch = this.broker.batch(1, { valueBytes: 30, ...producer });
      const info = this.broker.partition(topic).appendRecordsToLeader(batch, 1);
      if (info.errorCode !== 0) throw new Error(`Append failed with ${info.errorCode}`);
    }
  }

  /** A topic with so many batches, in /d1, as the controller knows. */
  createTopic(count: number, name = "t", config: Partial<LogConfig> = {}): void {
    this.broker.logs.preferDirectory(name, 0, "/d1");
    this.broker.createTopic(name, { config: { "segment.bytes": 2_000, ...config } });
    this.append(name, count);
    this.accept();
  }

  /** Every offset that the log has a record of, in its order. */
  offsets(topic = "t"): number[] {
    const log = this.log(topic);
    const found: number[] = [];
    for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
      const { records } = log.read(offset, 1 << 20, { upToOffset: log.logEndOffset, minOneMessage: true });
      const bytes = new Uint8Array(records!.length);
      records!.file.read(bytes, records!.position);
      for (const position of RecordBatch.batchPositions(bytes)) {
        for (const record of decodeRecords(bytes, position, this.runtime.compression)) found.push(record.offset);
        offset = RecordBatch.nextOffset(bytes, position);
      }
    }
    return found.filter((offset) => offset >= log.logStartOffset);
  }

  /** So slowly that every batch is a piece of its own. */
  moveSlowly(): void {
    this.broker.moveQuota.boundBytesPerSecond = 10;
  }

  moveAtFullSpeed(): void {
    this.broker.moveQuota.boundBytesPerSecond = Number.POSITIVE_INFINITY;
  }

  filesOf(topic: string, ...paths: string[]): string[] {
    return paths.flatMap((path) =>
      this.runtime.files
        .list(path)
        .map(({ name }) => name)
        .filter((name) => name.startsWith(`${topic}-0`)),
    );
  }

  /** From now on every write below the path fails. */
  failWrites(path: string): void {
    const { files } = this.runtime;
    const { open } = files;
    files.open = (name, mode) => {
      if (name.startsWith(`${path}/`) && mode !== "read") {
        throw Object.assign(new Error(`EIO: open '${name}'`), { code: "EIO" });
      }
      return open.call(files, name, mode);
    };
    for (const log of [...this.broker.logs.logs(), ...this.broker.logs.moves.futures()]) {
      if (!log.directory.startsWith(`${path}/`)) continue;
      for (const segment of log.segments) segment.freeFiles();
    }
  }

  private async startBroker(): Promise<void> {
    const { runtime } = this;
    const assignedDirectoryId = () => this.assigned && IDS[this.assigned];
    const options = { runtime, logDirs: Object.keys(IDS), assignedDirectoryId };
    this.broker = await settled(runtime, TestBroker.start(options));
  }
}

export function upTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, index) => from + index);
}
