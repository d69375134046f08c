import { vi } from "vitest";
import { soon } from "../../patience.ts";
import type { WireConnection } from "../wire/connection.ts";

/** Commits ever larger offsets for a group, and knows which one was acknowledged last. */
export class Committer {
  private readonly group: string;
  private readonly topic: string;
  private acknowledged = 0;
  private next = 1;

  private constructor(group: string, topic: string) {
    this.group = group;
    this.topic = topic;
  }

  static async create(connection: WireConnection, group: string, topic: string): Promise<Committer> {
    const committer = new Committer(group, topic);
    await vi.waitFor(async () => {
      const errorCode =
        (await connection.findCoordinator(group)) || (await connection.commitOffset(group, topic, 0, 0));
      if (errorCode !== 0) throw new Error(`no coordinator for ${group}: error ${errorCode}`);
    }, soon);
    return committer;
  }

  async commitUntilClosed(connection: WireConnection): Promise<void> {
    while (!connection.isClosed) {
      const offset = this.next++;
      try {
        const errorCode = await connection.commitOffset(this.group, this.topic, 0, offset);
        if (errorCode !== 0) throw new Error(`OffsetCommit was answered with error ${errorCode}`);
        this.acknowledged = offset;
      } catch (error) {
        if (!connection.isClosed) throw error;
      }
    }
  }

  /** What is wrong with the offset that the broker knows; undefined when nothing is. */
  async loss(connection: WireConnection): Promise<string | undefined> {
    const { errorCode, offset } = await connection.committedOffset(this.group, this.topic, 0);
    if (errorCode !== 0) return `OffsetFetch was answered with error ${errorCode}`;
    return offset >= this.acknowledged ? undefined : `${this.acknowledged} was committed, ${offset} is known`;
  }
}
