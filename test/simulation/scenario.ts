import type { SeededRandom } from "../../adapters/simulator/index.ts";
import type { NodeOptions } from "./cluster.ts";

/** What a seed decides before anything happens. */
export interface Scenario {
  readonly name: string;
  readonly nodes: readonly NodeOptions[];
  readonly settings: Readonly<Record<string, string>>;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly writers: number;
  readonly committers: number;
  /** Of a group that reads the topic. */
  readonly members: number;
  readonly faultsAtOnce: number;
  /** Whether controllers leave the quorum, and come back. */
  readonly changesVoters: boolean;
  readonly reassigns: boolean;
}

export const OFFSETS_PARTITIONS = 2;

export function scenarioOf(random: SeededRandom): Scenario {
  const nodes = nodesOf(random);
  const partitions = 1 + random.integer(3);
  const changesVoters = random.integer(2) === 0;
  const reassigns = random.integer(2) === 0;
  const members = random.integer(2) * (1 + random.integer(3));
  const roles = nodes.map(({ roles }) => roles.replace("broker,controller", "both")).join(" ");
  const changes = `${members > 0 ? `, ${members} members` : ""}${changesVoters ? ", voters change" : ""}${reassigns ? ", reassignments" : ""}`;
  return {
    name: `${roles}, ${partitions} partitions${changes}`,
    nodes,
    settings: {
      "offsets.topic.num.partitions": String(OFFSETS_PARTITIONS),
      "offsets.topic.replication.factor": "3",
      "min.insync.replicas": "2",
      "log.segment.bytes": String(1024 * 1024),
      // By default the controller writes twice a second that there is nothing to write.
      "metadata.max.idle.interval.ms": "20000",
      "controller.quorum.fetch.timeout.ms": quorumFetchTimeoutMs(random),
      "replica.fetch.wait.max.ms": "4500",
      "replica.high.watermark.checkpoint.interval.ms": "15000",
      // The clocks of a writer and a broker jump apart by more than the hour that is accepted by default.
      "log.message.timestamp.after.max.ms": "86400000",
      // By default who finds no leader asks fifty times a second.
      "controller.quorum.retry.backoff.ms": "200",
      "broker.heartbeat.interval.ms": "4500",
      "metadata.log.max.record.bytes.between.snapshots": "5000",
      // Of the snapshots only the newest one is kept, so that whoever has missed something is sent it.
      "metadata.max.retention.bytes": "5000",
    },
    partitions,
    replicationFactor: 3,
    minInsyncReplicas: 2,
    writers: 2 + random.integer(2),
    committers: 2,
    faultsAtOnce: 1 + random.integer(2),
    members,
    changesVoters,
    reassigns,
  };
}

/** Three nodes with both roles in three seeds of four: the more nodes, the fewer seeds there is time for. */
function nodesOf(random: SeededRandom): readonly NodeOptions[] {
  const isSmall = random.integer(4) > 0;
  const isCombined = random.integer(2) === 0;
  const count = isSmall ? 3 : 3 + random.integer(3);
  if (isSmall || isCombined) {
    return Array.from({ length: count }, (_, index) => ({ id: index + 1, roles: "broker,controller" }));
  }
  const voters = 3 + random.integer(3);
  const controllers = Array.from({ length: voters }, (_, index) => ({ id: index + 1, roles: "controller" as const }));
  const brokers = Array.from({ length: count }, (_, index) => ({ id: index + voters + 1, roles: "broker" as const }));
  return [...controllers, ...brokers];
}

/** Kafka's in one seed of eight: nodes of a quorum that wait longer ask less often when there is nothing new. */
function quorumFetchTimeoutMs(random: SeededRandom): string {
  return random.integer(8) === 0 ? "2000" : "8000";
}
