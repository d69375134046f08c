import type { Config } from "../config/config.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import type { Runtime } from "../runtime.ts";
import type { ControllerState } from "./controller-state.ts";
import { MAX_ELECTIONS_PER_PASS } from "./leader-elections.ts";
import type { PeriodicTasks } from "./periodic-tasks.ts";
import { noOpRecord } from "./record-factory.ts";

export interface ControllerTasksOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly tasks: PeriodicTasks;
  readonly state: ControllerState;
  readonly raft: RaftDriver;
  readonly config: Config;
  /** False when this controller leads no more: it is about to be told. */
  readonly append: (records: readonly MetadataRecord[]) => boolean;
}

const RETRY_MS = 100;

/** What an active controller does without being asked. */
export function startControllerTasks({ runtime, tasks, state, raft, config, append }: ControllerTasksOptions): void {
  const { brokerLife, elections, sessions } = state;
  const nowMs = () => runtime.clock.elapsed();

  let mayAppend = true;
  tasks.repeat(
    () => Math.max(mayAppend ? 0 : RETRY_MS, brokerLife.nextExpiryMs(nowMs())),
    () => {
      // Nothing can be written, and a heartbeat may wait for what was.
      if (raft.isStalled) sessions.renew(nowMs());
      const stale = brokerLife.fenceOneStale(nowMs());
      if (stale === undefined) return;
      mayAppend = append(stale.records);
      if (mayAppend) runtime.log.write("warn", `Fencing broker ${stale.brokerId}: its session has timed out`);
    },
  );
  if (config["auto.leader.rebalance.enable"]) {
    electEvery(config["leader.imbalance.check.interval.seconds"] * 1000, () => elections.preferredLeaders());
  }
  electEvery(config["unclean.leader.election.interval.ms"], () => elections.uncleanLeaders());
  startNoOps(config["metadata.max.idle.interval.ms"]);

  /** Goes on at once after a pass that was full: what it appended is replayed by then. */
  function electEvery(intervalMs: number, elect: () => readonly MetadataRecord[]): void {
    let isFull = false;
    tasks.repeat(
      () => (isFull ? 0 : intervalMs),
      () => {
        const records = raft.isStalled ? [] : elect();
        isFull = records.length > 0 && append(records) && records.length >= MAX_ELECTIONS_PER_PASS;
      },
    );
  }

  /** NoOp records show followers that an idle leader is alive; without followers they would only wear the disk out. */
  function startNoOps(intervalMs: number): void {
    if (intervalMs <= 0) return;
    let seenEndOffset = raft.logEndOffset;
    tasks.every(intervalMs, () => {
      if (raft.logEndOffset === seenEndOffset && hasFollowers()) append([noOpRecord()]);
      seenEndOffset = raft.logEndOffset;
    });
  }

  function hasFollowers(): boolean {
    for (const broker of state.cluster.brokers()) if (broker.id !== raft.nodeId) return true;
    return false;
  }
}
