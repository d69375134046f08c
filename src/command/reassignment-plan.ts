import type { FileSystem } from "../runtime.ts";
import { UsageError } from "./arguments.ts";

/** Where the replicas of a partition are to be; null gives up a move. */
export interface ReplicaPlan {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[] | null;
}

const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/** `{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}`. Throws a {@link UsageError}. */
export function parsePlanFile(files: FileSystem, path: string): readonly ReplicaPlan[] {
  const plan = parseJson(read(files, path), path);
  const partitions = fieldsOf(plan).partitions;
  if (!Array.isArray(partitions)) throw new UsageError(`${path} has no list "partitions"`);
  return partitions.map((entry: unknown, index) => {
    const { topic, partition, replicas } = fieldsOf(entry);
    if (typeof topic === "string" && isId(partition) && Array.isArray(replicas) && replicas.every(isId)) {
      return { topic, partition, replicas };
    }
    throw new UsageError(`${path}: entry ${index} of "partitions" needs "topic", "partition" and "replicas"`);
  });
}

function read(files: FileSystem, path: string): string {
  const file = files.open(path, "read");
  try {
    const sizeBytes = file.size();
    if (sizeBytes > LARGEST_FILE_BYTES) throw new UsageError(`${path} is larger than ${LARGEST_FILE_BYTES} bytes`);
    const bytes = new Uint8Array(sizeBytes);
    return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)));
  } finally {
    file.close();
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
