import { runSuccessfully } from "../command.ts";
import type { Isolation, WrittenPartition, WrittenRecord } from "./written-partition.ts";

/** A record as {@link readWithKcat} prints it. */
function lineOf({ offset, timestamp, key, value, headers }: WrittenRecord): string {
  const named = headers.map(([name, content]) => `${name}=${content}`).join(",");
  const [keySize, valueSize] = [key?.length ?? -1, value?.length ?? -1];
  return [offset, timestamp, keySize, key ?? "", valueSize, value ?? "", named].join("\t");
}

async function readWithKcat(bootstrap: string, topic: string, isolation: Isolation): Promise<string[]> {
  const format = "%o\t%T\t%K\t%k\t%S\t%s\t%h\n";
  const properties = [`isolation.level=${isolation}`, "check.crcs=true", "fetch.wait.max.ms=20"];
  const from = ["-b", bootstrap, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-f", format];
  const output = await runSuccessfully(["kcat", ...from, ...properties.flatMap((property) => ["-X", property])]);
  return output.split("\n").slice(0, -1);
}

/** What is wrong with what a reader finds, offset by offset; undefined when nothing is. */
export async function problemWhenRead(
  bootstrap: string,
  partition: WrittenPartition,
  isolation: Isolation,
): Promise<string | undefined> {
  const found = await readWithKcat(bootstrap, partition.topic, isolation);
  const readable = partition.readable(isolation);
  const start = `${partition.topic}, ${isolation}`;
  if (partition.isCompacted) {
    const lines = new Map(readable.map((record) => [record.offset, lineOf(record)]));
    const wrong = found.find((line) => lines.get(offsetIn(line)) !== line);
    if (wrong !== undefined) return `${start}: ${wrong} instead of ${lines.get(offsetIn(wrong))}`;
    return isolation === "read_committed" ? problemWithLatest(partition, found) : undefined;
  }
  const first = found.length === 0 ? 0 : offsetIn(found[0]!);
  const isDeleting = Number(partition.settings["retention.bytes"] ?? -1) >= 0;
  if (first < partition.startOffset) return `${start}: offset ${first} came back`;
  if (isDeleting && isolation === "read_uncommitted") partition.startOffset = first;
  const expected = readable.filter(({ offset }) => !isDeleting || offset >= first).map(lineOf);
  const different = expected.findIndex((line, index) => found[index] !== line);
  if (different >= 0) return `${start}: ${found[different]} instead of ${expected[different]}`;
  if (found.length > expected.length) return `${start}: ${found[expected.length]} too much`;
  return undefined;
}

function problemWithLatest(partition: WrittenPartition, found: readonly string[]): string | undefined {
  const latest = new Map<string, string>();
  for (const line of found) {
    const [, , , key, valueSize, value] = line.split("\t") as [string, string, string, string, string, string];
    if (valueSize === "-1") latest.delete(key);
    else latest.set(key, value);
  }
  const expected = partition.latest();
  const keys = new Set(partition.records.map(({ key }) => key)).size;
  if (found.length > 3 * keys) return `${partition.topic}: ${found.length} records of ${keys} keys are left`;
  for (const key of new Set([...latest.keys(), ...expected.keys()])) {
    if (latest.get(key) !== expected.get(key)) {
      return `${partition.topic}: ${key} is ${latest.get(key)} instead of ${expected.get(key)}`;
    }
  }
  return undefined;
}

function offsetIn(line: string): number {
  return Number(line.slice(0, line.indexOf("\t")));
}
