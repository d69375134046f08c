import { ByteWriter } from "../wire/byte-writer.ts";
import type { WireConnection } from "../wire/connection.ts";

const ALTER_REPLICA_LOG_DIRS = 34;
const DESCRIBE_LOG_DIRS = 35;

/** Answers the error code. */
export async function alterReplicaLogDir(
  connection: WireConnection,
  path: string,
  topic: string,
  partition: number,
): Promise<number> {
  const body = new ByteWriter().int32(1).string(path).int32(1).string(topic).int32(1).int32(partition);
  const answer = await connection.request(ALTER_REPLICA_LOG_DIRS, 1, body.finish());
  answer.int32();
  const [result] = answer.array(() => {
    answer.string();
    return answer.array(() => ({ partition: answer.int32(), errorCode: answer.int16() }))[0]!;
  });
  return result!.errorCode;
}

export interface ReplicaPlace {
  readonly directory: string;
  readonly lag: number;
  readonly isFuture: boolean;
}

/** The directories that have the partition, or a copy of it on its way. */
export async function placesOf(connection: WireConnection, topic: string, partition: number): Promise<ReplicaPlace[]> {
  return (await replicasOf(connection, topic, partition)).map(({ sizeBytes: _, ...place }) => place);
}

/** Of all of them together. */
export async function sizeOf(connection: WireConnection, topic: string, partition: number): Promise<number> {
  return (await replicasOf(connection, topic, partition)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function replicasOf(connection: WireConnection, topic: string, partition: number) {
  const body = new ByteWriter().int32(1).string(topic).int32(1).int32(partition);
  const answer = await connection.request(DESCRIBE_LOG_DIRS, 1, body.finish());
  answer.int32();
  const directories = answer.array(() => {
    const errorCode = answer.int16();
    const directory = answer.string()!;
    if (errorCode !== 0) throw new Error(`${directory} is described with error ${errorCode}`);
    const topics = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        return { sizeBytes: answer.int64(), directory, lag: answer.int64(), isFuture: answer.int8() === 1 };
      });
    });
    return topics.flat();
  });
  return directories.flat();
}
