import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createRuntime } from "#adapter";
import { ClientConnection } from "../../../src/client/client-connection.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import { BrokerUnderTest, type Launch, type Overrides } from "../broker-under-test.ts";
import { serverCommands } from "../polylog-server.ts";
import { WireConnection } from "../wire/connection.ts";

export type Roles = "broker,controller" | "broker" | "controller";

/** What runs a node: a runtime's name, or something else that a {@link Launcher} knows. */
export type Software = string;

/** The command that runs a node of this software with these properties. */
export type Launcher = (software: Software, properties: string) => Launch;

export interface NodePlace {
  readonly id: number;
  readonly roles: Roles;
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly directory: string;
  /** Of the directory that has the metadata. */
  readonly directoryId: string;
}

export interface AskOptions {
  /** On the controller's listener. */
  readonly toController?: boolean;
  readonly version?: number;
}

const runtime = createRuntime({ log: { write() {} } });
const root = resolve(import.meta.dirname, "../../..");

/** Polylog on Node, Bun or Deno, from this checkout. */
export const launchPolylog: Launcher = (software, properties) => {
  const entries: Readonly<Record<string, string>> = {
    node: "adapters/node/polylog.ts",
    bun: "adapters/bun/polylog.ts",
    deno: "adapters/deno/polylog.ts",
  };
  // The command of the runtime, with the command line in the place of the server's entry point.
  const [program, ...args] = serverCommands[software]!.slice(0, -1);
  return { program: program!, args: [...args, join(root, entries[software]!), "server", properties] };
};

/** One node of a cluster, in a process of its own. */
export class ClusterNode extends BrokerUnderTest {
  readonly id: number;
  readonly roles: Roles;
  readonly controllerPort: number;
  readonly directoryId: string;
  readonly properties: string;
  private readonly launcher: Launcher;

  constructor(place: NodePlace, software: Software, settings: Overrides, launcher: Launcher) {
    const properties = join(place.directory, "server.properties");
    super(`node ${place.id} (${software})`, place.port, place.directory, launcher(software, properties), place.host);
    this.id = place.id;
    this.roles = place.roles;
    this.controllerPort = place.controllerPort;
    this.directoryId = place.directoryId;
    this.properties = properties;
    this.launcher = launcher;
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(properties, lines.join(""));
  }

  /** From the next start on another program runs on the same directory. */
  runOn(software: Software): void {
    this.launch = this.launcher(software, this.properties);
  }

  /** One request on a connection of its own. */
  async ask<Q, QI, A, AI>(
    request: Message<Q, QI>,
    response: Message<A, AI>,
    body: QI,
    { toController = false, ...options }: AskOptions = {},
  ): Promise<A> {
    const address = { host: this.host, port: toController ? this.controllerPort : this.port };
    const limits = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 30_000 };
    const connection = await ClientConnection.open(runtime, address, limits);
    try {
      return await connection.request(request, response, body, options);
    } finally {
      connection.close();
    }
  }

  /** A controller answers no Metadata; it is ready when it listens. */
  protected override async isReady(): Promise<boolean> {
    if (this.roles !== "controller") return super.isReady();
    try {
      (await WireConnection.open(this.host, this.controllerPort, 1_000)).close();
      return true;
    } catch {
      return false;
    }
  }
}
