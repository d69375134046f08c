/** How the cost of operations grows with the number of partitions and of connections: a flat row is a good row. */
import { parseArgs } from "node:util";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { runtimeNames, startPolylog } from "../../test/clients/polylog-server.ts";
import { numberText } from "../report/number-text.ts";
import { connectionGrowth } from "./connections.ts";
import { partitionGrowth } from "./partitions.ts";

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    targets: { type: "string", default: runtimeNames.join(",") },
    partitions: { type: "string", default: "10,100,1000,10000" },
    connections: { type: "string", default: "10,100,1000,5000" },
  },
});

if (options.help)
  console.log(`Usage: npm run bench:growth [-- OPTION ...]

  --targets LIST       of ${runtimeNames.join(", ")}; all of them by default
  --partitions LIST    ${options.partitions} by default; "" for none
  --connections LIST   ${options.connections} by default; "" for none`);
else {
  for (const runtime of options.targets.split(",")) {
    await grow(runtime, "partitions", sizes(options.partitions), partitionGrowth);
    await grow(runtime, "connections", sizes(options.connections), connectionGrowth);
  }
}

/** Each size has a broker of its own. */
async function grow(
  runtime: string,
  what: string,
  counts: readonly number[],
  measure: (broker: BrokerUnderTest, count: number) => Promise<Map<string, number>>,
): Promise<void> {
  if (counts.length === 0) return;
  const columns: Map<string, number>[] = [];
  for (const count of counts) {
    console.error(`${runtime}: ${count} ${what}`);
    const broker = await startPolylog(runtime);
    try {
      columns.push(await measure(broker, count));
    } finally {
      await broker.dispose();
    }
  }
  const rows = [...columns[0]!.keys()].map((name) => [name, ...columns.map((column) => numberText(column.get(name)!))]);
  const lines = [[`${runtime}, ${what}`, ...counts.map(String)], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  console.log(`${lines.map((line) => line.map(text).join("   ")).join("\n")}\n`);
}

function sizes(list: string): number[] {
  return list === "" ? [] : list.split(",").map(Number);
}
