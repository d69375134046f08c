import type { Mutation } from "./mutation.ts";

/** At least one for each invariant. */
export const mutations: readonly Mutation[] = [
  {
    name: "a new leader has the epoch of the one before",
    invariant: "SingleLeaderPerEpoch",
    file: "src/controller/partition-registration.ts",
    code: "leaderNamed ? partition.leaderEpoch + 1 : partition.leaderEpoch",
    mutant: "partition.leaderEpoch",
    seed: 2,
  },
  {
    name: "acks=all is answered before the replicas in sync have it",
    invariant: "CommittedNeverLost",
    file: "src/replica/partition.ts",
    code: "if (this.log.highWatermark < requiredOffset) return undefined;",
    mutant: "",
    seed: 7,
  },
  {
    name: "an offset is left out now and then",
    invariant: "OffsetsDense",
    file: "src/log/offset-assignment.ts",
    code: "RecordBatch.setBaseOffset(records, position, nextOffset);",
    mutant: "RecordBatch.setBaseOffset(records, position, nextOffset % 100 === 99 ? nextOffset + 1 : nextOffset);",
    seed: 2,
  },
  {
    name: "a leader does not tell a follower that its log has gone another way",
    invariant: "LogsAgree",
    file: "src/replica/read-partition.ts",
    code: "if (end.epoch < fetch.lastFetchedEpoch || end.offset < offset) {",
    mutant: "if (end.offset < 0) {",
    seed: 2,
  },
  {
    name: "a leader tells a high watermark that was, now and then",
    invariant: "HighWatermarkMonotonic",
    file: "src/replica/read-partition.ts",
    code: "fetch.highWatermark = highWatermark;",
    mutant: "fetch.highWatermark = offset % 7 === 3 ? Math.max(0, highWatermark - 5) : highWatermark;",
    seed: 2,
  },
  {
    name: "sequences of producers are not looked at",
    invariant: "NoDuplicateFromIdempotentProducer",
    file: "src/log/offset-assignment.ts",
    code: "if (RecordBatch.hasProducerId(records, position)) {",
    mutant: "if (nextOffset < 0) {",
    seed: 2,
  },
  {
    name: "a reader is given what comes behind the offset it wants, now and then",
    invariant: "ConsumerMonotonic",
    file: "src/replica/read-partition.ts",
    code: "log.read(fetch.fetchOffset, maxBytes, options)",
    mutant:
      "log.read(fetch.lastFetchedEpoch < 0 && fetch.fetchOffset % 2 === 0 && fetch.fetchOffset + 10 < options.upToOffset " +
      "? fetch.fetchOffset + 10 : fetch.fetchOffset, maxBytes, options)",
    seed: 2,
  },
  {
    name: "a coordinator forgets the commits that it loads",
    invariant: "CommittedOffsetsNeverGoBack",
    file: "src/coordinator/coordinator-loader.ts",
    code: "coordinator.replay(record, { offset, producerId });",
    mutant: "void record;",
    seed: 2,
  },
  {
    name: "a generation of a group has the number of the one before",
    invariant: "SingleOwnerPerGeneration",
    file: "src/coordinator/group/classic/classic-group.ts",
    code: "this.generationId++;",
    mutant: "if (this.generationId === 0) this.generationId++;",
    seed: 2,
  },
  {
    name: "a snapshot of the metadata tells the replicas of a partition backwards",
    invariant: "MetadataAgrees",
    file: "src/controller/image-records.ts",
    code: "    ...partition,\n    topicId,",
    mutant:
      "    ...partition,\n    replicas: [...partition.replicas].reverse(),\n" +
      "    directories: [...partition.directories].reverse(),\n    topicId,",
    seed: 3,
  },
  {
    name: "a replica that has caught up is not taken into the ISR",
    invariant: "Liveness",
    file: "src/replica/leadership.ts",
    code: "!this.isr.committed.includes(follower.brokerId) &&",
    mutant: "this.isr.committed.length < 0 &&",
    seed: 2,
  },
];
