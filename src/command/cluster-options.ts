import type { ClusterClientOptions } from "../client/cluster-client.ts";
import { ClusterClient } from "../client/cluster-client.ts";
import type { Address } from "../runtime.ts";
import { type OptionDefinition, type ParsedArguments, UsageError } from "./arguments.ts";
import type { CommandContext } from "./command.ts";

/** The options of every command that talks to a broker. */
export const clusterOptions: readonly OptionDefinition[] = [
  {
    name: "bootstrap-server",
    short: "b",
    value: "HOST:PORT[,HOST:PORT]...",
    documentation: "Where to find the cluster (127.0.0.1:9092 when left out).",
  },
];

/** How long a request of a command may take, by the client's clock and by the broker's. */
export const REQUEST_TIMEOUT_MS = 30_000;
const DEFAULTS = { connectTimeoutMs: 10_000, requestTimeoutMs: REQUEST_TIMEOUT_MS, retryTimeoutMs: 30_000 };

/** Connects when it is first asked for something. Runs `work` and closes the connections, whatever comes of it. */
export async function withCluster<T>(
  { runtime }: CommandContext,
  args: ParsedArguments,
  work: (client: ClusterClient) => Promise<T>,
  changes: Partial<ClusterClientOptions> = {},
): Promise<T> {
  const bootstrap = parseAddresses(args.get("bootstrap-server") ?? "127.0.0.1:9092");
  const client = new ClusterClient(runtime, { ...DEFAULTS, clientId: "polylog", bootstrap, ...changes });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Throws a {@link UsageError}. */
function parseAddresses(text: string): readonly Address[] {
  return text.split(",").map((part) => {
    const match = /^\s*(?:\[([0-9a-fA-F:.%]+)\]|([^:\s]+)):(\d{1,5})\s*$/.exec(part);
    const port = Number(match?.[3]);
    if (match === null || port > 65535) throw new UsageError(`'${part}' is not HOST:PORT`);
    return { host: match[1] ?? match[2]!, port };
  });
}
