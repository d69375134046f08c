import type { Runtime } from "../../src/runtime.ts";
import type { ClusterUnderTest } from "../../test/clients/cluster/cluster-under-test.ts";
import { eventually } from "../../test/clients/cluster/quorum.ts";
import { type Pause, Writer } from "../../test/cluster/writer.ts";
import { ConsumerGroup } from "./consumer-group.ts";

export interface LoadOptions {
  readonly runtime: Runtime;
  readonly cluster: ClusterUnderTest;
  readonly topic: string;
  readonly partitions: number;
}

/** How long a writer trusts a silent broker: less than anything that is measured of it. */
const REQUEST_TIMEOUT_MS = 1_500;
const MEMBER_COUNT = 2;
const PROGRESS_COUNT = 20;
const PROGRESS_LIMIT_MS = 180_000;

/** An idempotent producer with acks=all for each partition, and a group of consumers that reads all of them. */
export class Load {
  private readonly writers: readonly Writer[];
  private readonly group: ConsumerGroup;

  static async start({ runtime, cluster, topic, partitions }: LoadOptions): Promise<Load> {
    const bootstrap = cluster.addresses;
    const options = { bootstrap, groupId: `readers-of-${topic}`, topic, members: MEMBER_COUNT };
    const group = await ConsumerGroup.start(options);
    const writers: Writer[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      writers.push(await Writer.start({ runtime, bootstrap, topic, partition, requestTimeoutMs: REQUEST_TIMEOUT_MS }));
    }
    return new Load(writers, group);
  }

  private constructor(writers: readonly Writer[], group: ConsumerGroup) {
    this.writers = writers;
    this.group = group;
  }

  get written(): number {
    return this.writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  /** Records that consumers were given again, before they were committed. */
  get repeated(): number {
    return this.group.records.repeated;
  }

  /** Of all partitions, the longest time without an acknowledgement since the last call. */
  takeLongestPause(): Pause {
    const pauses = this.writers.map((writer) => writer.takeLongestPause());
    return pauses.reduce((longest, pause) => (pause.durationMs > longest.durationMs ? pause : longest));
  }

  /** Resolves when every partition has taken records, and the group was given them. */
  async progress(): Promise<void> {
    const goals = this.writers.map(({ acknowledged }) => acknowledged.length + PROGRESS_COUNT);
    await this.until("written", (writer, partition) => writer.acknowledged.length >= goals[partition]!);
    await this.until("given to the group", (_, partition) => this.consumed(partition) >= goals[partition]!);
  }

  /** Rejects unless what is stored, what was acknowledged and what the group was given are the same. */
  async compare(): Promise<void> {
    for (const writer of this.writers) await writer.stop();
    await this.until("given to the group", ({ acknowledged }, index) => this.consumed(index) >= acknowledged.length);
    for (const [partition, writer] of this.writers.entries()) {
      const { acknowledged } = writer;
      const stored = await writer.stored();
      const given = this.group.records.of(partition);
      if (String(stored) === String(acknowledged) && String(given) === String(acknowledged)) continue;
      const counts = `${acknowledged.length} acknowledged, ${stored.length} stored, ${given.length} given to the group`;
      throw new Error(`Partition ${partition}: ${counts}`);
    }
  }

  async close(): Promise<void> {
    for (const writer of this.writers) writer.close();
    await this.group.close();
  }

  private consumed(partition: number): number {
    return this.group.records.of(partition).length;
  }

  private async until(what: string, isThere: (writer: Writer, partition: number) => boolean): Promise<void> {
    const look = async () => {
      const failure = this.group.failure ?? this.writers.find((writer) => writer.failure !== undefined)?.failure;
      if (failure !== undefined) throw failure;
      return this.writers.every(isThere) || undefined;
    };
    await eventually(look, () => `new records of every partition ${what}: ${this.describe()}`, PROGRESS_LIMIT_MS);
  }

  private describe(): string {
    const counts = this.writers.map(({ acknowledged }, index) => `${acknowledged.length}/${this.consumed(index)}`);
    return `written/given by partition: ${counts.join(", ")}`;
  }
}
