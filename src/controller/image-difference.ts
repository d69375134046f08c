import type { ConfigResource, MetadataDelta, MetadataImage, TopicDelta, TopicImage } from "./metadata-image.ts";

/**
 * The step from one image to another that does not come from its records: a snapshot has replaced everything. What is the
 * same on both sides may be named as changed, what differs always is.
 */
export function imageDifference(previous: MetadataImage, next: MetadataImage): MetadataDelta {
  return {
    previous,
    topics: topicDifferences(previous, next),
    brokers: new Set([...previous.brokers.keys(), ...next.brokers.keys()]),
    controllers: new Set([...previous.controllers.keys(), ...next.controllers.keys()]),
    features: new Set([...previous.features.keys(), ...next.features.keys()]),
    configs: configuredResources(previous, next),
  };
}

function topicDifferences(previous: MetadataImage, next: MetadataImage): ReadonlyMap<string, TopicDelta> {
  const differences = new Map<string, TopicDelta>();
  for (const before of previous.topics) {
    if (next.topics.byId(before.id) !== undefined) continue;
    differences.set(before.id, { before, after: undefined, partitions: new Set() });
  }
  for (const after of next.topics) {
    const before = previous.topics.byId(after.id);
    const partitions = changedPartitions(before, after);
    if (before === undefined || partitions.size > 0) differences.set(after.id, { before, after, partitions });
  }
  return differences;
}

/** Every change of a partition raises its epoch. */
function changedPartitions(before: TopicImage | undefined, after: TopicImage): ReadonlySet<number> {
  const changed = after.partitions.filter(
    ({ partitionId, partitionEpoch }) => before?.partitions[partitionId]?.partitionEpoch !== partitionEpoch,
  );
  return new Set(changed.map(({ partitionId }) => partitionId));
}

function configuredResources(previous: MetadataImage, next: MetadataImage): readonly ConfigResource[] {
  const resources = new Map<string, ConfigResource>();
  for (const { type, name } of [...previous.configs, ...next.configs]) resources.set(`${type}:${name}`, { type, name });
  return [...resources.values()];
}
