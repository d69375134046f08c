import type { SeededRandom } from "../../adapters/simulator/index.ts";
import type { NodeOptions } from "./cluster.ts";
import { DATA_DIRECTORY, OTHER_DIRECTORY } from "./stored-logs.ts";

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
  /** Of each broker. Where there are two, one of them may fail, and replicas move from one to the other. */
  readonly logDirs: readonly string[];
  /** Whether there is a topic with unclean elections, too, which is written with acks=1, and of which records are deleted. */
  readonly isCareless: boolean;
  /** Whether topics are created and deleted. */
  readonly churnsTopics: boolean;
  /** Whether computers are replaced by empty ones; their controllers then join the quorum by themselves. */
  readonly replacesDisks: boolean;
  /** Whether segments end so soon that what is committed for groups is compacted while faults strike. */
  readonly compacts: boolean;
}

/** What is written to it must not be lost. */
export const TOPIC = "t";
/** What is written to it may be. */
export const CARELESS_TOPIC = "careless";
export const CARELESS_PARTITIONS = 2;
export const OFFSETS_PARTITIONS = 2;

export function scenarioOf(random: SeededRandom): Scenario {
  const nodes = nodesOf(random);
  const partitions = 1 + random.integer(3);
  const changesVoters = random.integer(2) === 0;
  const reassigns = random.integer(2) === 0;
  const members = random.integer(2) * (1 + random.integer(3));
  const roles = nodes.map(({ roles }) => roles.replace("broker,controller", "both")).join(" ");
  const scenario = {
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
    logDirs: random.integer(4) === 0 ? [DATA_DIRECTORY, OTHER_DIRECTORY] : [DATA_DIRECTORY],
    compacts: random.integer(3) === 0,
    // A quorum with one voter less could not do without another one.
    isCareless: random.integer(3) === 0,
    replacesDisks: random.integer(2) === 0 && !changesVoters,
    churnsTopics: random.integer(3) === 0,
  };
  return {
    name: `${roles}, ${partitions} partitions${changesOf(scenario)}`,
    ...scenario,
    settings: {
      ...scenario.settings,
      ...(scenario.compacts ? COMPACTION : {}),
      ...(scenario.replacesDisks ? AUTO_JOIN : {}),
    },
  };
}

const AUTO_JOIN = { "controller.quorum.auto.join.enable": "true" };

/** By default nothing is compacted before a segment is full, or a week old. */
const COMPACTION = {
  "log.roll.ms": "20000",
  "log.cleaner.backoff.ms": "10000",
  "log.cleaner.min.cleanable.ratio": "0.01",
  // What is remembered of keys, which takes memory of the process that simulates all of it.
  "log.cleaner.dedupe.buffer.size": "2097152",
};

function changesOf({
  members,
  changesVoters,
  reassigns,
  logDirs,
  compacts,
  isCareless,
  churnsTopics,
  replacesDisks,
}: Omit<Scenario, "name">): string {
  return [
    members > 0 && `${members} members`,
    changesVoters && "voters change",
    reassigns && "reassignments",
    logDirs.length > 1 && `${logDirs.length} log directories`,
    compacts && "compaction",
    isCareless && "unclean elections",
    churnsTopics && "topics come and go",
    replacesDisks && "replaced computers",
  ]
    .filter((text) => text !== false)
    .map((text) => `, ${text}`)
    .join("");
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
