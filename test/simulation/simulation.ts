import { SeededRandom } from "../../adapters/simulator/index.ts";
import { ErrorCode, errorName } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { Administrators } from "./administrators.ts";
import type { Checker } from "./checkers/checker.ts";
import { createCheckers } from "./checkers/index.ts";
import { Liveness } from "./checkers/liveness.ts";
import { CarelessWriter } from "./clients/careless-writer.ts";
import { GroupMember } from "./clients/group-member.ts";
import type { SharedGroup } from "./clients/group-offsets.ts";
import { IdempotentWriter } from "./clients/idempotent-writer.ts";
import { OffsetCommitter } from "./clients/offset-committer.ts";
import { PartitionReader } from "./clients/partition-reader.ts";
import type { SimulationClient, SimulationClientOptions } from "./clients/simulation-client.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterEnd } from "./cluster-end.ts";
import type { ClusterEvent, Damage } from "./cluster-event.ts";
import { ClusterWatcher } from "./cluster-watcher.ts";
import { EventTrace } from "./event-trace.ts";
import { FaultPlan } from "./fault-plan.ts";
import { faultsOf } from "./faults/index.ts";
import { ImageDigest } from "./image-digest.ts";
import {
  CARELESS_PARTITIONS,
  CARELESS_TOPIC,
  OFFSETS_PARTITIONS,
  type Scenario,
  scenarioOf,
  TOPIC,
} from "./scenario.ts";
import { LogFollower, storedLogs } from "./stored-logs.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly hours: number;
  /** Who judges; all of them when left out. Of a run that repeats another, its hash tells that they would find the same. */
  readonly checkers?: readonly Checker[];
  readonly tell?: (text: string) => void;
}

export interface SimulationReport {
  readonly seed: number;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly scenario: string;
  readonly acknowledgedRecords: number;
  readonly acknowledgedBatches: number;
  readonly readRecords: number;
  /** Generations of the group, each counted by every member. */
  readonly generations: number;
  readonly committedOffsets: number;
  /** Controllers that left the quorum, or came back. */
  readonly voterChanges: number;
  readonly reassignments: number;
  /** Created, and deleted. */
  readonly churnedTopics: number;
  /** Of replicas, from one log directory to another. */
  readonly moves: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly tasks: number;
}

const OFFSETS_TOPIC = "__consumer_offsets";
/** Whoever is alive is elected. */
const CARELESS_CONFIG = { "min.insync.replicas": "1", "unclean.leader.election.enable": "true" };
const START_LIMIT_MS = 60_000;
const LIVENESS_LIMIT_MS = 60_000;
const LOGS_PERIOD_MS = 60_000;
/** Of all plans together, twice as long as without a fault. */
const FAULT_PERIOD_MS = 22_000;
/** Of all writers together, twice as long as between two writes: with batches of this size it makes 5,000 records even where faults hold writers up for minutes. */
const WRITE_PERIOD_MS = 2_900;
const MAX_BATCH_RECORDS = 36;
const HOUR_MS = 3_600_000;

/** A cluster, its clients and its faults, all of one seed. */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #checkers: readonly Checker[];
  readonly #cluster: Cluster;
  readonly #liveness: Liveness;
  readonly #writers: IdempotentWriter[] = [];
  readonly #careless: CarelessWriter[] = [];
  readonly #readers: PartitionReader[] = [];
  readonly #committers: OffsetCommitter[] = [];
  readonly #group: SharedGroup = { id: "members", acknowledged: [] };
  readonly #members: GroupMember[] = [];
  readonly #logs = new LogFollower();
  readonly #seen: EventTrace;
  #watcher!: ClusterWatcher;
  #administrators!: Administrators;
  #auditors = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#scenario = scenarioOf(this.#random.fork());
    const digest = new ImageDigest();
    this.#checkers = options.checkers ?? createCheckers(digest);
    const { nodes, settings, logDirs } = this.#scenario;
    this.#cluster = new Cluster({ random: this.#random.fork(), nodes, settings, logDirs, saw: this.#saw });
    const { scheduler } = this.#cluster;
    this.#seen = new EventTrace(scheduler.trace, digest);
    this.#liveness = new Liveness({
      within: async (limitMs, condition) => {
        const endMs = scheduler.nowMs + limitMs;
        while (!condition() && scheduler.nowMs < endMs) await scheduler.run(100);
        return condition();
      },
    });
  }

  /** The nodes' last log lines, for who looks for the reason of a failure. */
  *logs(): Iterable<string> {
    for (const { id, computer } of this.#cluster.nodes) {
      for (const line of computer.lastLog) yield `node ${id}: ${line}`;
    }
  }

  /** Rejects with an `InvariantViolation`, or with what else went wrong. */
  async run(): Promise<SimulationReport> {
    const { scheduler } = this.#cluster;
    await this.#start();
    const plans = this.#startFaults();
    const endMs = scheduler.nowMs + this.#options.hours * HOUR_MS;
    while (scheduler.nowMs < endMs) {
      await scheduler.run(Math.min(LOGS_PERIOD_MS, endMs - scheduler.nowMs));
      this.#lookAtLogs();
    }
    for (const plan of plans) plan.end();
    this.#tell("everything is healed");
    await this.#expectLiveness();
    await this.#finish();
    return this.#report(plans);
  }

  #lookAtLogs(): void {
    if (this.#checkers.length === 0) return;
    const running = this.#cluster.nodes.filter(({ broker }) => broker !== undefined);
    const logs = this.#logs.newBatches(running);
    for (const checker of this.#checkers) checker.observeLogs(logs);
  }

  async #start(): Promise<void> {
    const cluster = this.#cluster;
    await cluster.format();
    for (const node of cluster.nodes) cluster.start(node);
    this.#watcher = new ClusterWatcher(cluster, this.#saw);
    await this.#liveness.expect(START_LIMIT_MS, () => this.#watcher.missing(0));
    await cluster.scheduler.settled(this.#createTopics(), START_LIMIT_MS, "creating the topics");
    const { partitions, writers, committers } = this.#scenario;
    for (let index = 0; index < writers; index++) {
      const client = this.#clientOptions(`writer-${index}`);
      this.#writers.push(
        new IdempotentWriter({
          ...client,
          topic: TOPIC,
          partitions,
          maxBatchRecords: MAX_BATCH_RECORDS,
          maxPauseMs: writers * WRITE_PERIOD_MS,
        }),
      );
    }
    for (let partition = 0; partition < partitions; partition++) this.#readers.push(this.#reader("reader", partition));
    for (let index = 0; index < committers; index++) {
      const client = this.#clientOptions(`committer-${index}`);
      this.#committers.push(
        new OffsetCommitter({ ...client, topic: TOPIC, group: `group-${index}`, maxPauseMs: 14_000 }),
      );
    }
    for (let index = 0; index < this.#scenario.members; index++) this.#members.push(this.#member(index));
    if (this.#scenario.isCareless) {
      const client = this.#clientOptions("careless");
      this.#careless.push(new CarelessWriter({ ...client, topic: CARELESS_TOPIC, maxPauseMs: 4_000 }));
    }
    this.#administrators = new Administrators({
      scenario: this.#scenario,
      cluster,
      topics: new Map([
        [TOPIC, partitions],
        [OFFSETS_TOPIC, OFFSETS_PARTITIONS],
        ...(this.#scenario.isCareless ? [[CARELESS_TOPIC, CARELESS_PARTITIONS] as const] : []),
      ]),
      clientOptions: (name) => this.#clientOptions(name),
    });
    for (const client of this.#allClients) client.start();
  }

  #member(index: number): GroupMember {
    const client = this.#clientOptions(`member-${index}`);
    return new GroupMember({ ...client, topic: TOPIC, group: this.#group, maxTurns: 15 });
  }

  async #createTopics(): Promise<void> {
    const { partitions, minInsyncReplicas, isCareless } = this.#scenario;
    const administrator = this.#cluster.startClient("administrator");
    const topics = [
      this.#topic(TOPIC, partitions, { "min.insync.replicas": String(minInsyncReplicas) }),
      ...(isCareless ? [this.#topic(CARELESS_TOPIC, CARELESS_PARTITIONS, CARELESS_CONFIG)] : []),
    ];
    const answer = await this.#cluster.ask(
      administrator,
      this.#cluster.brokers[0]!,
      CreateTopicsRequest,
      CreateTopicsResponse,
      { topics, timeoutMs: 10_000, validateOnly: false },
    );
    for (const { name, errorCode } of answer.topics) {
      if (errorCode !== ErrorCode.NONE) throw new Error(`Topic ${name} could not be created: ${errorName(errorCode)}`);
    }
  }

  #topic(name: string, numPartitions: number, settings: Readonly<Record<string, string>>) {
    const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    return { name, numPartitions, replicationFactor: this.#scenario.replicationFactor, assignments: [], configs };
  }

  #startFaults(): FaultPlan[] {
    const plans: FaultPlan[] = [];
    for (let index = 0; index < this.#scenario.faultsAtOnce; index++) {
      plans.push(
        new FaultPlan({
          cluster: this.#cluster,
          random: this.#random.fork(),
          faults: faultsOf(this.#scenario),
          maxPauseMs: this.#scenario.faultsAtOnce * FAULT_PERIOD_MS,
          mayLosePower: () => this.#isWhole(),
          mayReplaceDisk: () => this.#isWhole() && this.#administrators.problemOfQuorum === undefined,
          mayKill: () => this.#isWhole() || this.#cluster.powerLosses === 0,
          tell: (text) => this.#tell(text),
        }),
      );
    }
    return plans;
  }

  #isWhole(): boolean {
    const isWhole =
      this.#cluster.damaged.size === 0 &&
      this.#cluster.isInSync &&
      this.#cluster.nodes.every(({ broker }) => broker !== undefined);
    if (isWhole) this.#cluster.powerLosses = 0;
    return isWhole;
  }

  async #expectLiveness(): Promise<void> {
    await this.#stop(this.#administrators.clients);
    await this.#liveness.expect(LIVENESS_LIMIT_MS, () => this.#administrators.problemOfQuorum);
    const sinceMs = this.#cluster.scheduler.nowMs;
    await this.#liveness.expect(LIVENESS_LIMIT_MS, () => this.#watcher.missing(sinceMs));
    const counts = this.#writers.map((writer) => writer.acknowledgedBatches);
    const commits = this.#committers.map((committer) => committer.acknowledged);
    await this.#liveness.expect(LIVENESS_LIMIT_MS, () => {
      const writer = this.#writers.find(({ acknowledgedBatches }, index) => acknowledgedBatches <= counts[index]!);
      const committer = this.#committers.find(({ acknowledged }, index) => acknowledged <= commits[index]!);
      const stuck = writer ?? committer;
      return stuck && `${stuck.name} does not go on: ${stuck.lastError}`;
    });
    await this.#stop([...this.#writers, ...this.#careless, ...this.#committers]);
  }

  /** Clients end what they are doing. */
  async #stop(clients: readonly SimulationClient[]): Promise<void> {
    const going = new Set(clients);
    for (const client of clients) void client.stop().then(() => going.delete(client));
    await this.#liveness.expect(LIVENESS_LIMIT_MS, () => {
      const [stuck] = going;
      return stuck && `${stuck.name} does not come to its end: ${stuck.lastError}`;
    });
  }

  /** Reads everything once more, and has it judged. */
  async #finish(): Promise<void> {
    const { scheduler } = this.#cluster;
    const { partitions } = this.#scenario;
    const judges = Array.from({ length: partitions }, (_, partition) => this.#reader("judge", partition));
    const reading = judges.map((reader) => reader.readToEnd());
    await scheduler.settled(Promise.all(reading), LIVENESS_LIMIT_MS, "Liveness: reading everything");
    for (const [index, reader] of this.#readers.entries()) {
      const end = judges[index]!.position;
      await this.#liveness.expect(LIVENESS_LIMIT_MS, () =>
        reader.position < end ? `${reader.name} has read up to ${reader.position} of ${end}` : undefined,
      );
    }
    for (const [index, { position }] of judges.entries()) {
      if (this.#members.length === 0) break;
      await this.#liveness.expect(LIVENESS_LIMIT_MS, () => {
        const committed = this.#group.acknowledged[index] ?? 0;
        const { lastError } = this.#members[0]!;
        return committed < position ? `the group has committed ${committed} of ${position}: ${lastError}` : undefined;
      });
    }
    await this.#stop(this.#members);
    const asking = this.#committers.map((committer) => committer.askOnce());
    await scheduler.settled(Promise.all(asking), LIVENESS_LIMIT_MS, "Liveness: asking for committed offsets");
    // Followers have time for what is left.
    await scheduler.run(5_000);
    await this.#untilAgreed();
    const records = new Map(judges.map(({ records }, partition) => [`${TOPIC}-${partition}`, records]));
    const end: ClusterEnd = {
      logs: storedLogs(this.#cluster.nodes),
      replicas: this.#cluster.replicas,
      records,
      metadata: this.#watcher.metadata(),
    };
    this.#seen.logs(end.logs);
    for (const checker of this.#checkers) checker.finish(end);
    for (const client of [...this.#allClients, ...judges]) client.close();
  }

  /** Brokers are asked at different times, and leaders go back to where they are preferred in between. */
  async #untilAgreed(): Promise<void> {
    const { scheduler } = this.#cluster;
    const endMs = scheduler.nowMs + LIVENESS_LIMIT_MS;
    while (!this.#watcher.isAgreed && scheduler.nowMs < endMs) await scheduler.run(1_000);
  }

  #report(plans: readonly FaultPlan[]): SimulationReport {
    const struck = new Map<string, number>();
    for (const plan of plans) {
      for (const [kind, count] of plan.struck) struck.set(kind, (struck.get(kind) ?? 0) + count);
    }
    const { scheduler } = this.#cluster;
    return {
      seed: this.#options.seed,
      traceHash: scheduler.trace.toString(),
      simulatedMs: scheduler.nowMs,
      scenario: this.#scenario.name,
      acknowledgedRecords: sum(this.#writers.map(({ acknowledged }) => acknowledged)),
      acknowledgedBatches: sum(this.#writers.map(({ acknowledgedBatches }) => acknowledgedBatches)),
      readRecords: sum(this.#readers.map(({ position }) => position)),
      generations: sum(this.#members.map(({ generations }) => generations)),
      committedOffsets: sum(this.#committers.map(({ acknowledged }) => acknowledged + 1)),
      ...this.#administrators.counts,
      faults: struck,
      tasks: scheduler.trace.count,
    };
  }

  get #clients(): readonly SimulationClient[] {
    return [...this.#writers, ...this.#careless, ...this.#readers, ...this.#committers, ...this.#members];
  }

  get #allClients(): readonly SimulationClient[] {
    return [...this.#clients, ...this.#administrators.clients, ...this.#administrators.watchers];
  }

  #reader(name: string, partition: number): PartitionReader {
    const client = this.#clientOptions(`${name}-${partition}`);
    return new PartitionReader({ ...client, topic: TOPIC, partition, maxWaitMs: 1_000, maxPauseMs: 5_000 });
  }

  /** Somebody reads all of a partition that has a damaged batch. */
  #audit({ batch }: Damage): void {
    const [topic, partition] = batch?.partition.split("-") ?? [];
    if (topic !== TOPIC) return;
    const reader = this.#reader(`auditor-${++this.#auditors}`, Number(partition));
    reader.readToEnd().then(
      () => reader.close(),
      (error) => this.#cluster.scheduler.fail(error),
    );
  }

  #clientOptions(name: string): SimulationClientOptions {
    return {
      name,
      process: this.#cluster.startClient(name),
      bootstrap: this.#cluster.bootstrap,
      saw: this.#saw,
      failed: (error) => this.#cluster.scheduler.fail(new Error(`${name} has failed: ${error}`, { cause: error })),
    };
  }

  readonly #saw = (event: ClusterEvent): void => {
    this.#seen.saw(event);
    if (event.type === "bit flipped") this.#audit(event.damage);
    try {
      for (const checker of this.#checkers) checker.observe(event);
    } catch (error) {
      this.#cluster.scheduler.fail(error);
    }
  };

  #tell(text: string): void {
    const { scheduler } = this.#cluster;
    scheduler.trace.text(text);
    this.#options.tell?.(`${(scheduler.nowMs / 1000).toFixed(3).padStart(9)} s  ${text}`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
