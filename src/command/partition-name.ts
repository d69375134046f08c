import { UsageError } from "./arguments.ts";

/** Partitions of a topic on a command line: `TOPIC` for all of them, `TOPIC:PARTITION` for one. */
export interface NamedPartitions {
  readonly topic: string;
  readonly partition: number | undefined;
}

/** Throws a {@link UsageError}. */
export function parseNamedPartitions(text: string): NamedPartitions {
  const match = /^([A-Za-z0-9._-]+)(?::(\d+))?$/.exec(text);
  if (match === null) throw new UsageError(`'${text}' is not TOPIC or TOPIC:PARTITION`);
  return { topic: match[1]!, partition: match[2] === undefined ? undefined : Number(match[2]) };
}

/** `TOPIC`, or `TOPIC:PARTITION,PARTITION...` as Apache Kafka's tools have it. Throws a {@link UsageError}. */
export function parsePartitionList(text: string): readonly NamedPartitions[] {
  const match = /^([A-Za-z0-9._-]+)(?::(\d+(?:,\d+)*))?$/.exec(text);
  if (match === null) throw new UsageError(`'${text}' is not TOPIC or TOPIC:PARTITION,PARTITION...`);
  const [, topic = "", list] = match;
  if (list === undefined) return [{ topic, partition: undefined }];
  return list.split(",").map((number) => ({ topic, partition: Number(number) }));
}
