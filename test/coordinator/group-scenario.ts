import { expect } from "vitest";
import { createSimulatedRuntime, ManualClock } from "../../adapters/simulator/index.ts";
import { GroupCoordinator } from "../../src/coordinator/group/group-coordinator.ts";
import type { GroupCoordinatorConfig } from "../../src/coordinator/group/group-coordinator-config.ts";
import { type GroupRecord, groupRecordSerde } from "../../src/coordinator/group/group-record.ts";
import { ErrorCode, errorName } from "../../src/protocol/error-codes.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import { decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { MemoryPartition } from "./memory-partition.ts";

/**
 * Plays a scenario and answers what happened as text. Lines that begin with ">" are what clients, the log and time do;
 * the lines under each are what came of it, indented. A test compares the whole with the text it expects:
 *
 * ```
 * > join a
 *   log: g generation 0 ""
 *   a: JoinGroup MEMBER_ID_REQUIRED a-1
 * ```
 *
 * `join a` joins with the member id that client a was last given, `join a id=` without; `id=x`, `instance=i`,
 * `protocols=range:v1,sticky:v2`, `session=10s`, `rebalance=60s` and `v=5` say what else a request can say. All scenarios
 * take place in group "g" unless `group=` names another. Durations: 10s, 500ms, 2m, 3h.
 */
export function playScenario(text: string, config: Partial<GroupCoordinatorConfig> = {}): string {
  const scenario = new GroupScenario(config);
  const transcript: string[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (!line.startsWith(">")) continue;
    transcript.push(line, ...scenario.play(line.slice(1).trim()).map((event) => `  ${event}`.trimEnd()));
  }
  return transcript.join("\n");
}

/** Plays the commands of the text and compares what comes of them with the text. */
export function expectScenario(text: string, config: Partial<GroupCoordinatorConfig> = {}): void {
  expect(playScenario(text, config)).toBe(withoutMargin(text));
}

const GROUP = "g";

const CONFIG: GroupCoordinatorConfig = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 0,
  maxSize: 1000,
  offsetMetadataMaxBytes: 10,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsCommitTimeoutMs: 5_000,
  offsetsLoadBufferBytes: 1_000_000,
  offsetsTopicCompressionCodec: 0,
};

type Options = Readonly<Record<string, string>>;

export class GroupScenario {
  readonly clock = new ManualClock(1_000_000);
  readonly runtime = createSimulatedRuntime({ seed: 1, clock: this.clock });
  readonly partition = new MemoryPartition();
  readonly groups: GroupCoordinator;
  readonly #events: string[] = [];
  readonly #memberIds = new Map<string, string>();
  readonly #generations = new Map<string, number>();
  #uuids = 0;
  #batchesSeen = 0;

  constructor(config: Partial<GroupCoordinatorConfig> = {}) {
    this.groups = new GroupCoordinator({
      runtime: this.runtime,
      config: { ...CONFIG, ...config },
      partitionCount: () => 1,
    });
    this.groups.elected(0, this.partition);
    this.clock.runUntilIdle();
  }

  play(line: string): string[] {
    const words = line.split(" ");
    const command = words[0]!;
    const options = Object.fromEntries(words.filter((word) => word.includes("=")).map((word) => word.split("=", 2)));
    const names = words.slice(1).filter((word) => !word.includes("="));
    const action = this.#commands[command];
    if (action === undefined) throw new Error(`No such command: ${line}`);
    action(names, options, words.slice(1));
    this.clock.runUntilIdle();
    this.#logBatches();
    return this.#events.splice(0);
  }

  readonly #commands: Readonly<Record<string, (names: string[], options: Options, words: string[]) => void>> = {
    join: (names, options) => this.#join(names[0]!, options),
    sync: (names, options, words) => this.#sync(names[0]!, options, words),
    heartbeat: (names, options) => this.#heartbeat(names[0]!, options),
    leave: (names, options) => this.#leave(names, options),
    commit: (names, options, words) => this.#commit(names[0]!, options, words),
    fetch: (names, options) => this.#fetch(names, options),
    forget: (names) => this.#deleteOffsets(names),
    describe: (_, options) => this.#describe(options),
    list: (_, options) => this.#list(options),
    delete: (names) => this.#deleteGroups(names),
    advance: (names) => {
      this.#logBatches();
      this.clock.advance(duration(names[0]!));
    },
    append: (names) => {
      this.partition.failure = names[0] === "works" ? 0 : ErrorCode[names[1] as keyof typeof ErrorCode];
    },
    watermark: (names) => {
      this.partition.commitsAtOnce = names[0] !== "stays";
      if (this.partition.commitsAtOnce) this.partition.commit();
    },
    resign: () => this.groups.resigned(0),
    elect: () => {
      this.partition.leaderEpoch++;
      this.groups.elected(0, this.partition);
    },
    "topic-deleted": (names) => this.groups.topicsDeleted([{ name: names[0]!, id: topicId(names[0]!) }]),
  };

  #join(client: string, options: Options): void {
    const memberId = options.id ?? this.#memberIds.get(client) ?? "";
    const sessionTimeoutMs = duration(options.session ?? "10s");
    const request = {
      groupId: options.group ?? GROUP,
      memberId,
      groupInstanceId: options.instance ?? null,
      sessionTimeoutMs,
      rebalanceTimeoutMs: duration(options.rebalance ?? "60s"),
      protocolType: options.type ?? "consumer",
      protocols: (options.protocols ?? "range:t").split(",").map((protocol) => {
        const [name = "", topics = ""] = protocol.split(":");
        return { name, metadata: subscription(topics) };
      }),
      reason: null,
    };
    const context = {
      apiVersion: Number(options.v ?? 9),
      clientId: client,
      clientHost: "/127.0.0.1",
      newUuid: () => String(++this.#uuids),
    };
    this.groups.joinGroup(request, context, (response) => {
      if (response.memberId !== "") this.#memberIds.set(client, response.memberId);
      if (response.errorCode !== ErrorCode.NONE) {
        this.#event(`${client}: JoinGroup ${errorName(response.errorCode)} ${response.memberId}`);
        return;
      }
      this.#generations.set(client, response.generationId!);
      const members = response.members.map((member) => member.memberId).join(" ");
      this.#event(
        `${client}: joined generation ${response.generationId} ${response.protocolName} as ${response.memberId}, leader ${response.leader}` +
          (members === "" ? "" : `, members ${members}`) +
          (response.skipAssignment ? ", skip assignment" : ""),
      );
    });
  }

  #sync(client: string, options: Options, words: string[]): void {
    const assignments = words
      .filter((word) => word.includes("->"))
      .map((word) => word.split("->", 2) as [string, string])
      .map(([name, text]) => ({ memberId: this.#memberIds.get(name) ?? name, assignment: bytes(text) }));
    const request = {
      groupId: options.group ?? GROUP,
      generationId: Number(options.generation ?? this.#generations.get(client) ?? -1),
      memberId: options.id ?? this.#memberIds.get(client) ?? "",
      groupInstanceId: options.instance ?? null,
      protocolType: options.type ?? null,
      protocolName: options.protocol ?? null,
      assignments,
    };
    this.groups.syncGroup(request, ({ errorCode, assignment }) => {
      this.#event(
        errorCode === ErrorCode.NONE
          ? `${client}: assigned "${text(assignment)}"`
          : `${client}: SyncGroup ${errorName(errorCode)}`,
      );
    });
  }

  #heartbeat(client: string, options: Options): void {
    const request = {
      groupId: options.group ?? GROUP,
      generationId: Number(options.generation ?? this.#generations.get(client) ?? -1),
      memberId: options.id ?? this.#memberIds.get(client) ?? "",
      groupInstanceId: options.instance ?? null,
    };
    this.groups.heartbeat(request, (errorCode) => this.#event(`${client}: Heartbeat ${errorName(errorCode)}`));
  }

  #leave(clients: string[], options: Options): void {
    const members =
      options.instance === undefined
        ? clients.map((client) => ({
            memberId: this.#memberIds.get(client) ?? client,
            groupInstanceId: null,
            reason: null,
          }))
        : [{ memberId: "", groupInstanceId: options.instance, reason: null }];
    this.groups.leaveGroup(options.group ?? GROUP, members, (response) => {
      const codes = response.members!.map((member) => errorName(member.errorCode)).join(" ");
      this.#event(`LeaveGroup ${errorName(response.errorCode)}: ${codes}`);
    });
  }

  /** `commit a t-0@5` as a member, `commit - t-0@5` as nobody. */
  #commit(client: string, options: Options, words: string[]): void {
    const isMember = client !== "-";
    const partitions = words.filter((word) => word.includes("@")).map((word) => word.split(/-(?=\d+@)|@/));
    const request = {
      groupId: options.group ?? GROUP,
      generationIdOrMemberEpoch: Number(options.generation ?? (isMember ? (this.#generations.get(client) ?? -1) : -1)),
      memberId: options.id ?? (isMember ? (this.#memberIds.get(client) ?? "") : ""),
      groupInstanceId: options.instance ?? null,
      retentionTimeMs: options.retention === undefined ? -1 : duration(options.retention),
      topics: partitions.map(([topic, partition, offset]) => ({
        name: topic!,
        topicId: topicId(topic!),
        partitions: [
          {
            partitionIndex: Number(partition),
            committedOffset: Number(offset),
            committedLeaderEpoch: -1,
            committedMetadata: options.metadata ?? null,
          },
        ],
      })),
    };
    this.groups.commitOffsets(request, Number(options.v ?? 9), (response) => {
      const codes = response.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorName(errorCode)));
      this.#event(`${client}: OffsetCommit ${codes.join(" ")}`);
    });
  }

  #fetch(names: string[], options: Options): void {
    const topics =
      names[0] === "all"
        ? null
        : names.map((name) => {
            const [topic, partition] = name.split(/-(?=\d+$)/);
            return { name: topic!, topicId: options.topicId ?? ZERO_UUID, partitionIndexes: [Number(partition)] };
          });
    const isStable = options.stable !== undefined;
    this.groups.fetchOffsets(options.group ?? GROUP, topics, isStable, ({ errorCode, topics: fetched }) => {
      const offsets = fetched.flatMap((topic) =>
        topic.partitions.map(
          (partition) =>
            `${topic.name}-${partition.partitionIndex}@${partition.committedOffset}` +
            (partition.errorCode === 0 ? "" : `(${errorName(partition.errorCode)})`),
        ),
      );
      this.#event(`OffsetFetch ${errorName(errorCode)}: ${offsets.join(" ")}`);
    });
  }

  #deleteOffsets(names: string[]): void {
    const topics = names.map((name) => {
      const [topic, partition] = name.split(/-(?=\d+$)/);
      return { name: topic!, partitions: [{ partitionIndex: Number(partition) }] };
    });
    this.groups.deleteOffsets({ groupId: GROUP, topics }, (response) => {
      const codes = response.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorName(errorCode)));
      this.#event(`OffsetDelete ${errorName(response.errorCode)}: ${codes.join(" ")}`);
    });
  }

  #describe(options: Options): void {
    const groupId = options.group ?? GROUP;
    const request = { groups: [groupId], includeAuthorizedOperations: false };
    for (const group of this.groups.describeGroups(request, Number(options.v ?? 6))) {
      const members = group.members.map((member) => `${member.memberId}(${text(member.memberAssignment)})`).join(" ");
      this.#event(
        `${groupId}: ${errorName(group.errorCode)} ${group.groupState} "${group.protocolType}" "${group.protocolData}" ${members}`.trim(),
      );
    }
  }

  #list(options: Options): void {
    const response = this.groups.listGroups({
      statesFilter: options.states?.split(",") ?? [],
      typesFilter: options.types?.split(",") ?? [],
    });
    const groups = response.groups.map((group) => `${group.groupId}(${group.groupState} ${group.groupType})`);
    this.#event(`ListGroups ${errorName(response.errorCode)}: ${groups.join(" ")}`);
  }

  #deleteGroups(names: string[]): void {
    this.groups.deleteGroups(names, (results) => {
      for (const { groupId, errorCode } of results) this.#event(`${groupId}: DeleteGroups ${errorName(errorCode!)}`);
    });
  }

  #event(line: string): void {
    this.#logBatches();
    this.#events.push(line);
  }

  /** One line for each new batch in the log. */
  #logBatches(): void {
    for (const batch of this.partition.batches.slice(this.#batchesSeen)) {
      if (RecordBatch.isControlBatch(batch, 0)) continue;
      const records = decodeRecords(batch, 0, this.runtime.compression).map(({ key, value }) =>
        describeRecord(groupRecordSerde.deserialize(key!, value)!),
      );
      this.#events.push(`log: ${records.join("; ")}`);
    }
    this.#batchesSeen = this.partition.batches.length;
  }
}

export function describeRecord(record: GroupRecord): string {
  if (record.kind === "OffsetCommit") {
    const place = `${record.groupId} ${record.topic}-${record.partition}`;
    return record.value === null ? `${place} tombstone` : `${place}@${record.value.offset}`;
  }
  if (record.value === null) return `${record.groupId} tombstone`;
  const { generation, protocolType, protocol, leader, members } = record.value;
  const who = members.map((member) => `${member.memberId}(${text(member.assignment)})`).join(" ");
  return `${record.groupId} generation ${generation} "${protocolType}" ${protocol} leader ${leader} ${who}`.trim();
}

/** A ConsumerProtocolSubscription of version 0. */
export function subscription(topics: string): Uint8Array {
  const names = topics === "" ? [] : topics.split("+");
  const parts = names.flatMap((name) => [0, name.length, ...bytes(name)]);
  return Uint8Array.from([0, 0, 0, 0, 0, names.length, ...parts, 0xff, 0xff, 0xff, 0xff]);
}

/** Without the indentation of the source file. */
function withoutMargin(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(margin).trimEnd()).join("\n");
}

const bytes = (ascii: string): Uint8Array => new TextEncoder().encode(ascii);
const text = (ascii: Uint8Array): string => new TextDecoder().decode(ascii);

const topicId = (topic: string): string => topic.padEnd(22, "A");

function duration(words: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h)$/.exec(words)!;
  return Number(amount) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
}
