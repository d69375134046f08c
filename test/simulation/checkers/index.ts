import { ImageDigest } from "../image-digest.ts";
import type { Checker } from "./checker.ts";
import { CommittedNeverLost } from "./committed-never-lost.ts";
import { CommittedOffsetsNeverGoBack } from "./committed-offsets-never-go-back.ts";
import { CompactedLogsAgree } from "./compacted-logs-agree.ts";
import { ConsumerMonotonic } from "./consumer-monotonic.ts";
import { DamageDetected } from "./damage-detected.ts";
import { HighWatermarkMonotonic } from "./high-watermark-monotonic.ts";
import { LogsAgree } from "./logs-agree.ts";
import { MetadataAgrees } from "./metadata-agrees.ts";
import { NoDuplicateFromIdempotentProducer } from "./no-duplicate-from-idempotent-producer.ts";
import { OffsetsDense } from "./offsets-dense.ts";
import { ReplicasWhereAssigned } from "./replicas-where-assigned.ts";
import { SingleLeaderPerEpoch } from "./single-leader-per-epoch.ts";
import { SingleOwnerPerGeneration } from "./single-owner-per-generation.ts";

/** One of each, for one simulation. Liveness is judged by the simulation itself, which waits for it. */
export function createCheckers(digest = new ImageDigest()): readonly Checker[] {
  return [
    new SingleLeaderPerEpoch(),
    new OffsetsDense(),
    new ConsumerMonotonic(),
    new HighWatermarkMonotonic(),
    new CommittedOffsetsNeverGoBack(),
    new SingleOwnerPerGeneration(),
    new CommittedNeverLost(),
    new NoDuplicateFromIdempotentProducer(),
    new DamageDetected(),
    new LogsAgree(),
    new CompactedLogsAgree(),
    new ReplicasWhereAssigned(),
    new MetadataAgrees(digest),
  ];
}
