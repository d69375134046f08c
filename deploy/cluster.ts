/** `npm run cluster`: three brokers that are controllers too, in one command, for those who want to see a cluster work. */
import { parseArgs } from "node:util";
import { LocalCluster } from "./local-cluster.ts";
import { runtimeNames } from "./server-commands.ts";

const NODE_COUNT = 3;

const help = `Usage: npm run cluster -- [OPTION]...

Starts a cluster of three on this machine, each node broker and controller, and stops it on Ctrl-C. What is in it is still
there at the next start. Kill a node by its process id, and see the others go on.

Options:
  --port PORT          Port of the first broker; the others have the next ones, the controllers PORT+10 and on. Default: 9092
  --data DIR           Where the data goes. Default: ./polylog-data
  --runtime NAME[,..]  ${runtimeNames.join(", ")}: one for all nodes, or one for each. Default: node
  --help               This.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const stopRequested = new Promise<"stop">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve("stop"));
  });
  const cluster = new LocalCluster({ ...options, print });
  try {
    const isReady = await Promise.race([cluster.start(), stopRequested]);
    if (isReady !== "stop") {
      for (const { id, runtime, port, child } of cluster.nodes) {
        print(`Node ${id} on 127.0.0.1:${port}, ${runtime}, process ${child?.pid}`);
      }
      print(`The cluster is ready: bootstrap servers ${cluster.bootstrapServers}. Ctrl-C stops it.`);
      await stopRequested;
      print("Stopping");
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    await cluster.stop();
  }
}

function readOptions(): { port: number; directory: string; runtimes: string[] } | "help" | undefined {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "9092" },
        data: { type: "string", default: "./polylog-data" },
        runtime: { type: "string", default: "node" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return "help";
    return { port: portOf(values.port), directory: values.data, runtimes: runtimesOf(values.runtime) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    return undefined;
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_500) return port;
  throw new Error(`--port needs a port below 65500, not '${text}'`);
}

function runtimesOf(text: string): string[] {
  const names = text.split(",");
  const unknown = names.find((name) => !runtimeNames.includes(name));
  if (unknown !== undefined) throw new Error(`--runtime knows ${runtimeNames.join(", ")}, not '${unknown}'`);
  if (names.length !== 1 && names.length !== NODE_COUNT) throw new Error(`--runtime needs one name or ${NODE_COUNT}`);
  return Array.from({ length: NODE_COUNT }, (_, index) => names[index % names.length]!);
}
