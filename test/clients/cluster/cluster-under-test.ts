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
import type { NodeNetworks } from "./node-networks.ts";
import { SmallDisk } from "./small-disk.ts";

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
  /** Where each node has a network of its own. Default: all are on the loopback. */
  readonly networks?: NodeNetworks;
  /** Of a disk of its own for the data of each node. Default: they share what the machine has. */
  readonly diskBytes?: number;
}

const root = resolve(import.meta.dirname, "../../..");
const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";
const FORMAT_LIMIT_MS = 60_000;

/** Several nodes in processes of their own, on free ports. Ids count from 1. */
export class ClusterUnderTest {
  readonly nodes: readonly ClusterNode[];
  readonly networks: NodeNetworks | undefined;
  private readonly disks: readonly SmallDisk[];
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
        host: options.networks?.host(id) ?? "127.0.0.1",
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
    options: ClusterOptions,
  ) {
    const { settings = {}, features = [], quorum = "dynamic", networks, diskBytes } = options;
    this.directory = directory;
    this.networks = networks;
    this.disks = diskBytes === undefined ? [] : places.map((place) => dataDisk(place, diskBytes));
    const controllers = places.filter(({ roles }) => roles.includes("controller"));
    const voters = controllers.filter(({ id }) => !specs[id - 1]!.joinsLater);
    const servers = quorumSettings[quorum](quorum === "dynamic" ? controllers : voters);
    this.nodes = places.map((place, index) => {
      mkdirSync(place.directory, { recursive: true });
      const all = { ...nodeSettings(place), ...servers, ...settings };
      const node = new ClusterNode(place, specs[index]!.software, all, launcherAt(place, options));
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

  /** Of the node with this id. */
  disk(id: number): SmallDisk {
    const disk = this.disks[id - 1];
    if (disk === undefined) throw new Error("The nodes of this cluster have no disks of their own");
    return disk;
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
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const disk of this.disks) disk.dispose();
    await Promise.all(this.nodes.map((node) => node.dispose()));
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function dataDisk({ directory }: NodePlace, sizeBytes: number): SmallDisk {
  const data = join(directory, "data");
  mkdirSync(data, { recursive: true });
  return new SmallDisk(data, sizeBytes);
}

/** In the node's own network, where it has one. */
function launcherAt({ id }: NodePlace, { launcher = launchPolylog, networks }: ClusterOptions): Launcher {
  if (networks === undefined) return launcher;
  return (software, properties) => {
    const launch = launcher(software, properties);
    const [program, ...args] = networks.in(id, [launch.program, ...launch.args]);
    return { ...launch, program: program!, args };
  };
}

const controllerAddress = ({ host, controllerPort }: NodePlace) => `${host}:${controllerPort}`;

const quorumSettings = {
  dynamic: (nodes: readonly NodePlace[]) => ({
    "controller.quorum.bootstrap.servers": nodes.map(controllerAddress).join(","),
  }),
  static: (nodes: readonly NodePlace[]) => ({
    "controller.quorum.voters": nodes.map((node) => `${node.id}@${controllerAddress(node)}`).join(","),
  }),
};

function initialQuorum({ joinsLater }: NodeSpec, voters: readonly NodePlace[]): readonly string[] {
  if (joinsLater) return ["--no-initial-controllers"];
  const entries = voters.map((voter) => `${voter.id}@${controllerAddress(voter)}:${voter.directoryId}`);
  return ["--initial-controllers", entries.join(",")];
}

function nodeSettings({ id, roles, host, port, controllerPort, directory }: NodePlace): Overrides {
  const listeners = [
    ...(roles.includes("broker") ? [`PLAINTEXT://${host}:${port}`] : []),
    ...(roles.includes("controller") ? [`CONTROLLER://${host}:${controllerPort}`] : []),
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
