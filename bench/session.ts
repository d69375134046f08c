import type { Target } from "../test/clients/broker-under-test.ts";
import { Brokers } from "./brokers.ts";
import { Progress } from "./progress.ts";
import { apacheAgainName, apacheName, Results, sinkName } from "./results.ts";
import { writeScratch } from "./scratch.ts";
import { SinkProcess } from "./sink-process.ts";
import type { Workload } from "./workloads/workload.ts";

const scratchMargin = 1.2;

interface Column {
  readonly name: string;
  readonly target: Target | undefined;
}

/** Measures workload after workload, each through all brokers in turn, round after round. */
export class Session {
  readonly results: Results;
  hasFailed = false;
  private readonly workloads: readonly Workload[];
  private readonly columns: readonly Column[];
  private readonly rounds: number;
  private readonly brokers = new Brokers();
  private readonly progress: Progress;

  constructor(targets: readonly Target[], workloads: readonly Workload[], rounds: number) {
    this.workloads = workloads;
    this.rounds = rounds;
    const apache = targets.find(({ name }) => name === apacheName);
    this.columns = [
      ...targets.map((target) => ({ name: target.name, target })),
      ...(apache === undefined ? [] : [{ name: apacheAgainName, target: apache }]),
      { name: sinkName, target: undefined },
    ];
    this.results = new Results(
      workloads,
      targets.map(({ name }) => name),
    );
    const runs = workloads.map((workload) => this.columnsOf(workload).length * rounds + this.warmUps(workload).length);
    this.progress = new Progress(runs.reduce((sum, count) => sum + count, 0));
  }

  async run(): Promise<void> {
    const sink = await SinkProcess.start();
    try {
      for (const workload of this.workloads) {
        for (const column of this.warmUps(workload)) await this.attempt(workload, column, sink, "warming up");
        for (let round = 1; round <= this.rounds; round++) {
          // Nobody is always the first.
          const columns = this.columnsOf(workload);
          const first = (round - 1) % columns.length;
          for (const column of [...columns.slice(first), ...columns.slice(0, first)])
            await this.attempt(workload, column, sink, round);
        }
      }
    } finally {
      this.progress.clear();
      sink.stop();
      await this.brokers.dispose();
    }
  }

  private columnsOf(workload: Workload): Column[] {
    return this.columns.filter(({ target }) => target !== undefined || workload.runAgainstSink !== undefined);
  }

  /** Each broker once, as engines compile what they have seen. */
  private warmUps({ needs }: Workload): Column[] {
    return this.columns.filter(({ name, target }) => target && name !== apacheAgainName && needs !== "stopped");
  }

  private async attempt(
    workload: Workload,
    column: Column,
    sink: SinkProcess,
    round: number | "warming up",
  ): Promise<void> {
    const when = round === "warming up" ? round : `round ${round} of ${this.rounds}`;
    this.progress.step(`${workload.id}, ${when}: ${column.name}`);
    try {
      const figures = await this.measure(workload, column.target, sink);
      if (round !== "warming up") this.results.add(workload, column.name, figures);
    } catch (error) {
      this.hasFailed = true;
      this.progress.say(`${workload.id} on ${column.name}: ${error instanceof Error ? error.message : error}`);
      if (column.target !== undefined) await this.brokers.drop(column.target);
    }
  }

  private async measure(workload: Workload, target: Target | undefined, sink: SinkProcess) {
    if (target === undefined) return workload.runAgainstSink!(sink.host, sink.port);
    const broker = await this.brokers.get(target, workload.needs ?? "running");
    if (workload.bytes > 0) writeScratch(broker.directory, workload.bytes * scratchMargin);
    await this.brokers.quiet();
    return workload.run(broker);
  }
}
