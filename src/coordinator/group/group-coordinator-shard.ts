import type { LogSink } from "../../runtime.ts";
import type { Timeline } from "../../timeline/timeline.ts";
import type { Coordinator, RecordOrigin } from "../coordinator.ts";
import { ClassicGroups } from "./classic/classic-groups.ts";
import type { GroupDecision } from "./classic/classic-replies.ts";
import type { GroupCoordinatorConfig } from "./group-coordinator-config.ts";
import type { GroupRecord } from "./group-record.ts";
import { type CommittedOffset, isOfTopic } from "./offsets/committed-offset.ts";
import { scheduleExpiration } from "./offsets/expiration.ts";
import { GroupOffsets } from "./offsets/group-offsets.ts";

/** The groups and offsets of one partition of `__consumer_offsets`. What clients ask of them is in the files beside this. */
export class GroupCoordinatorShard implements Coordinator<GroupRecord> {
  readonly config: GroupCoordinatorConfig;
  readonly log: LogSink;
  readonly classic: ClassicGroups;
  readonly offsets: GroupOffsets;

  constructor(timeline: Timeline, config: GroupCoordinatorConfig, log: LogSink) {
    this.config = config;
    this.log = log;
    this.classic = new ClassicGroups(timeline, config, log);
    this.offsets = new GroupOffsets(timeline);
  }

  replay(record: GroupRecord, origin: RecordOrigin): void {
    if (record.kind === "GroupMetadata") {
      this.classic.replay(record.groupId, record.value);
    } else {
      if (record.value !== null) this.classic.replayOffsetCommit(record.groupId);
      this.offsets.replay(record, origin);
    }
  }

  replayEndTransactionMarker(producerId: number, isCommit: boolean): void {
    this.offsets.replayEndTransactionMarker(producerId, isCommit);
  }

  loaded(decision: GroupDecision): void {
    this.classic.loaded(decision);
    scheduleExpiration(this, decision);
  }

  reverted(decision: GroupDecision, errorCode: number): void {
    this.classic.reverted(decision, errorCode);
  }

  unloaded(decision: GroupDecision): void {
    this.classic.unloaded(decision);
  }

  /** Offsets of a topic that is gone would count for a later one of the same name. */
  deleteTopics(decision: GroupDecision, topics: readonly DeletedTopic[]): void {
    const ids = new Map(topics.map(({ name, id }) => [name, id]));
    decision.splittable = true;
    for (const groupId of this.offsets.groupIds()) {
      const isGone = (offset: CommittedOffset): boolean => {
        const id = ids.get(offset.topic);
        return id !== undefined && isOfTopic(offset, id);
      };
      for (const record of this.offsets.tombstones(groupId, isGone)) decision.append(record);
    }
  }
}

export interface DeletedTopic {
  readonly name: string;
  readonly id: string;
}
