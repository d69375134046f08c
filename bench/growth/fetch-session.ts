import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import type { WireConnection } from "../../test/clients/wire/connection.ts";

const fetchKey = 1;
/** The last one without leader epochs. */
const version = 7;
const maxBytes = 1 << 20;
const noLogStart = -1;

interface Position {
  readonly topic: string;
  readonly index: number;
  readonly offset: number;
}

/** A consumer's incremental fetch session (KIP-227). */
export class FetchSession {
  private readonly connection: WireConnection;
  private id = 0;
  private epoch = 0;

  private constructor(connection: WireConnection) {
    this.connection = connection;
  }

  /** Of all these partitions. */
  static async open(connection: WireConnection, positions: readonly Position[]): Promise<FetchSession> {
    const session = new FetchSession(connection);
    await session.poll(0, positions);
    return session;
  }

  /** Those at `positions` go on from there. */
  async poll(maxWaitMs = 0, positions: readonly Position[] = []): Promise<void> {
    const limits = [-1, maxWaitMs, 1, 50 << 20];
    const body = limits.reduce((writer, limit) => writer.int32(limit), new ByteWriter());
    body
      .int8(0)
      .int32(this.id)
      .int32(this.epoch++);
    body.array([...byTopic(positions)], (writer, [topic, asked]) =>
      writer
        .string(topic)
        .array(asked, (each, { index, offset }) => each.int32(index).int64(offset).int64(noLogStart).int32(maxBytes)),
    );
    const answer = await this.connection.request(fetchKey, version, body.int32(0).finish());
    answer.int32();
    const errorCode = answer.int16();
    if (errorCode !== 0) throw new Error(`Fetch of a session was answered with error ${errorCode}`);
    this.id = answer.int32();
  }
}

function byTopic(positions: readonly Position[]): Map<string, Position[]> {
  return Map.groupBy(positions, ({ topic }) => topic);
}
