import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Address } from "../../../src/runtime.ts";
import { freePorts, type Overrides, temporaryDirectory } from "../broker-under-test.ts";
import {
  ClusterNode,
  type Launcher,
  launchPolylog,
  type NodePlace,
  type Roles,
  type Software,
} from "./cluster-node.ts";

export interface NodeSpec {
  readonly software: Software;
  readonly roles: Roles;
  /** A controller that is no voter at first. */
  readonly joinsLater?: boolean;
}

export interface ClusterOptions {
  /** Who votes is in the log, or in `controller.quorum.voters`. Default: in the log. */
  readonly quorum?: "dynamic" | "static";
  readonly settings?: Overrides;
  readonly launcher?: Launcher;
  /** Feature levels other than those of a new cluster: `name=level`. */
  readonly features?: readonly string[];
}

const root = resolve(import.meta.dirname, "../../..");
const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";
const FORMAT_LIMIT_MS = 60_000;

/** Several nodes in processes of their own, on free ports of the loopback. Ids count from 1. */
export class ClusterUnderTest {
  readonly nodes: readonly ClusterNode[];
  private readonly directory: string;

  /** Formats all nodes; those with the role are the voters at first. */
  static async create(specs: readonly NodeSpec[], options: ClusterOptions = {}): Promise<ClusterUnderTest> {
    const directory = temporaryDirectory("cluster");
    const ports = await freePorts(2 * specs.length);
    const places = specs.map(({ roles }, index): NodePlace => {
      const id = index + 1;
      return {
        id,
        roles,
        port: ports[2 * index]!,
        controllerPort: ports[2 * index + 1]!,
        directory: join(directory, `${id}`),
        directoryId: randomBytes(16).toString("base64url").replace(/^-/, "A"),
      };
    });
    return new ClusterUnderTest(directory, specs, places, options);
  }

  private constructor(
    directory: string,
    specs: readonly NodeSpec[],
    places: readonly NodePlace[],
    { settings = {}, launcher = launchPolylog, features = [], quorum = "dynamic" }: ClusterOptions,
  ) {
    this.directory = directory;
    const controllers = places.filter(({ roles }) => roles.includes("controller"));
    const voters = controllers.filter(({ id }) => !specs[id - 1]!.joinsLater);
    const servers = quorumSettings[quorum](quorum === "dynamic" ? controllers : voters);
    this.nodes = places.map((place, index) => {
      mkdirSync(place.directory, { recursive: true });
      const all = { ...nodeSettings(place), ...servers, ...settings };
      const node = new ClusterNode(place, specs[index]!.software, all, launcher);
      const isDynamicVoter = quorum === "dynamic" && place.roles.includes("controller");
      format(node, isDynamicVoter ? initialQuorum(specs[index]!, voters) : [], features);
      return node;
    });
  }

  get addresses(): readonly Address[] {
    return this.brokers.map(({ host, port }) => ({ host, port }));
  }

  get controllers(): readonly ClusterNode[] {
    return this.nodes.filter(({ roles }) => roles.includes("controller"));
  }

  get brokers(): readonly ClusterNode[] {
    return this.nodes.filter(({ roles }) => roles.includes("broker"));
  }

  node(id: number): ClusterNode {
    return this.nodes[id - 1]!;
  }

  /** All of them together, as none can be ready alone. */
  async start(...ids: number[]): Promise<void> {
    const nodes = ids.length === 0 ? this.nodes : ids.map((id) => this.node(id));
    await Promise.all(nodes.map((node) => node.start()));
  }

  async dispose(): Promise<void> {
    for (const node of this.nodes) node.signal("SIGCONT");
    await Promise.all(this.nodes.map((node) => node.dispose()));
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

const quorumSettings = {
  dynamic: (nodes: readonly NodePlace[]) => ({
    "controller.quorum.bootstrap.servers": nodes.map(({ controllerPort }) => `127.0.0.1:${controllerPort}`).join(","),
  }),
  static: (nodes: readonly NodePlace[]) => ({
    "controller.quorum.voters": nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(","),
  }),
};

function initialQuorum({ joinsLater }: NodeSpec, voters: readonly NodePlace[]): readonly string[] {
  if (joinsLater) return ["--no-initial-controllers"];
  const entries = voters.map(
    ({ id, controllerPort, directoryId }) => `${id}@127.0.0.1:${controllerPort}:${directoryId}`,
  );
  return ["--initial-controllers", entries.join(",")];
}

function nodeSettings({ id, roles, port, controllerPort, directory }: NodePlace): Overrides {
  const listeners = [
    ...(roles.includes("broker") ? [`PLAINTEXT://127.0.0.1:${port}`] : []),
    ...(roles.includes("controller") ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : []),
  ];
  return {
    "process.roles": roles,
    "node.id": String(id),
    listeners: listeners.join(","),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    // A node that is only a controller has no such listener, and may not name it.
    ...(roles.includes("broker") ? { "inter.broker.listener.name": "PLAINTEXT" } : {}),
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(directory, "data"),
    "offsets.topic.num.partitions": "6",
    "group.initial.rebalance.delay.ms": "0",
  };
}

function format(node: ClusterNode, quorum: readonly string[], features: readonly string[]): void {
  const program = join(root, "node_modules/.bin/node");
  const args = [join(root, "adapters/node/polylog.ts"), "storage", "format", "-t", CLUSTER_ID, "-c", node.properties];
  const levels = features.flatMap((feature) => ["--feature", feature]);
  const { status, stdout, stderr } = spawnSync(program, [...args, ...quorum, ...levels], {
    encoding: "utf8",
    timeout: FORMAT_LIMIT_MS,
  });
  if (status !== 0) throw new Error(`storage format failed:\n${stdout}\n${stderr}`);
}
