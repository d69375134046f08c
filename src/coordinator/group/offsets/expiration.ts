import type { ClassicGroup } from "../classic/classic-group.ts";
import type { GroupDecision } from "../classic/classic-replies.ts";
import type { GroupCoordinatorShard } from "../group-coordinator-shard.ts";
import { groupTombstone, offsetTombstone } from "../group-record.ts";
import type { CommittedOffset } from "./committed-offset.ts";

const EXPIRATION_KEY = "expire-group-metadata";

/** Looks for expired offsets every `offsets.retention.check.interval.ms`. */
export function scheduleExpiration(shard: GroupCoordinatorShard, decision: GroupDecision): void {
  decision.schedule(EXPIRATION_KEY, shard.config.offsetsRetentionCheckIntervalMs, (next) => {
    expireOffsets(shard, next);
    scheduleExpiration(shard, next);
  });
}

/** Tombstones for every expired offset, and for every empty group that has none left. */
function expireOffsets(shard: GroupCoordinatorShard, decision: GroupDecision): void {
  const { classic, offsets } = shard;
  decision.splittable = true;
  let expiredCount = 0;
  for (const groupId of classic.metadata.keys()) {
    const group = classic.peek(groupId)!;
    let keptCount = 0;
    for (const offset of offsets.committed.ofGroup(groupId)) {
      if (isExpired(shard, group, offset, decision.nowMs)) {
        decision.append(offsetTombstone(groupId, offset.topic, offset.partition));
        expiredCount++;
      } else {
        keptCount++;
      }
    }
    if (keptCount === 0 && group.state === "Empty" && !offsets.hasOpenTransactions(groupId)) {
      decision.append(groupTombstone(groupId));
    }
  }
  if (expiredCount > 0) shard.log.write("info", `Expired ${expiredCount} committed offsets`);
}

function isExpired(shard: GroupCoordinatorShard, group: ClassicGroup, offset: CommittedOffset, nowMs: number): boolean {
  const retainedSinceMs = retentionStart(group, offset);
  if (retainedSinceMs === undefined || group.isSubscribedTo(offset.topic)) return false;
  if (shard.offsets.hasPending(group.groupId, offset.topic, offset.partition)) return false;
  if (offset.expireTimestampMs !== -1) return nowMs >= offset.expireTimestampMs;
  return nowMs - retainedSinceMs >= shard.config.offsetsRetentionMs;
}

/** Since when `offsets.retention.minutes` runs (KIP-211); undefined while it does not. */
function retentionStart(group: ClassicGroup, offset: CommittedOffset): number | undefined {
  const committedMs = Number(offset.commitTimestampMs);
  // Offsets without members: whoever commits them has to go on committing.
  if (group.protocolType === null) return committedMs;
  if (group.state === "Empty") return group.stateTimestampMs === -1 ? committedMs : group.stateTimestampMs;
  // Topics that a living group has given up; while it rebalances nobody knows which these are.
  return group.state === "Stable" && group.topics !== undefined ? committedMs : undefined;
}
