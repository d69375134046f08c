import { expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { SimulatedCluster, type SimulatedNodeOptions } from "./simulated-cluster.ts";

/** More on demand: POLYLOG_STALL_HISTORIES=100. */
const HISTORIES = Number(process.env.POLYLOG_STALL_HISTORIES ?? 4);
const STEPS = 15;
const NODES = [1, 2, 3];
const METADATA = "/metadata";
const COMBINED: SimulatedNodeOptions = {
  roles: "broker,controller",
  settings: { "metadata.log.dir": METADATA, "request.timeout.ms": "2000" },
};

/** Three controllers whose metadata disks hang, and that are killed, while topics are created. */
class History {
  readonly created: string[] = [];
  private readonly cluster: SimulatedCluster;
  private readonly chance: (below: number) => number;
  private readonly hanging = new Set<number>();
  private killed: number | undefined;

  constructor(cluster: SimulatedCluster, seed: number) {
    this.cluster = cluster;
    const { random } = createSimulatedRuntime({ seed });
    this.chance = (below) => random.integer(below);
  }

  async step(index: number): Promise<void> {
    const id = this.pick(NODES);
    if (id !== this.killed && !this.hanging.has(id) && this.chance(3) > 0) this.hang(id);
    else if (this.killed === undefined && this.chance(2) === 0) this.kill(id);
    await this.create(`t${index}`);
    await this.cluster.advance(this.chance(2_000));
    if (this.hanging.size > 1 || this.chance(3) === 0) this.goOn();
    if (this.killed !== undefined && this.chance(2) === 0) await this.restart();
  }

  /** What every node knows once nothing is wrong any more. */
  async end(): Promise<string[][]> {
    this.goOn();
    await this.restart();
    await this.cluster.advance(10_000);
    const known: string[][] = [];
    for (const id of NODES) {
      const { topics } = await this.cluster.ask(id, MetadataRequest, MetadataResponse, { topics: null });
      known.push(topics.map(({ name }) => name!).sort());
    }
    return known;
  }

  private hang(id: number): void {
    this.hanging.add(id);
    this.cluster.diskOf(id, METADATA).hang();
  }

  private goOn(): void {
    for (const id of this.hanging) {
      const disk = this.cluster.diskOf(id, METADATA);
      expect(disk.held).toEqual([]);
      disk.goOn();
    }
    this.hanging.clear();
  }

  private kill(id: number): void {
    this.cluster.kill(id);
    this.killed = id;
    this.hanging.delete(id);
  }

  private async restart(): Promise<void> {
    this.goOn();
    if (this.killed !== undefined) await this.cluster.start(this.killed);
    this.killed = undefined;
  }

  private async create(name: string): Promise<void> {
    const id = this.pick(this.cluster.runningBrokers);
    const { topics } = await this.cluster.ask(id, CreateTopicsRequest, CreateTopicsResponse, {
      topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 2_000,
    });
    if (topics[0]!.errorCode === ErrorCode.NONE) this.created.push(name);
  }

  private pick(ids: readonly number[]): number {
    return ids[this.chance(ids.length)]!;
  }
}

test.each(Array.from({ length: HISTORIES }, (_, index) => index + 1))(
  "whatever metadata disks hang, and who is killed meanwhile: what was acknowledged is known to all, history %i",
  async (seed) => {
    const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
    await cluster.start();
    const history = new History(cluster, seed);
    for (let index = 0; index < STEPS; index++) await history.step(index);
    const [first, ...others] = await history.end();
    for (const known of others) expect(known).toEqual(first);
    expect(first).toEqual(expect.arrayContaining(history.created));
    expect(history.created.length).toBeGreaterThan(0);
    for (const id of NODES) expect(cluster.logOf(id).filter((line) => line.startsWith("error"))).toEqual([]);
    await cluster.stop();
  },
  60_000,
);
