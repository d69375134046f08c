import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import { metadataRecord } from "../protocol/metadata-records/index.ts";
import type { BrokerRegistration, ControllerRegistration, Endpoint, VersionRange } from "./broker-registration.ts";
import { KRAFT_VERSION, METADATA_VERSION } from "./feature-levels.ts";
import type { MetadataImage } from "./metadata-image.ts";
import type { PartitionRegistration } from "./partition-registration.ts";
import {
  configRecord,
  featureLevelRecord,
  producerIdsRecord,
  registerBrokerRecord,
  registerControllerRecord,
  topicRecord,
} from "./record-factory.ts";

/**
 * The records that make the image when they are replayed from nothing: the content of a snapshot, in Kafka's order, with
 * metadata.version first because it says how to read the rest.
 */
export function* imageRecords(image: MetadataImage): Generator<MetadataRecord> {
  yield* featureRecords(image);
  for (const broker of image.brokers.values()) yield brokerRecord(broker);
  for (const controller of image.controllers.values()) yield controllerRecord(controller);
  for (const topic of image.topics) {
    yield topicRecord(topic.name, topic.id);
    for (const partition of topic.partitions) yield partitionRecord(topic.id, partition);
  }
  for (const { type, name, configs } of image.configs) {
    for (const [key, value] of configs) yield configRecord(type, name, key, value);
  }
  if (image.nextProducerId > 0) {
    yield producerIdsRecord({ brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId });
  }
  yield* image.security.values();
}

function* featureRecords({ features }: MetadataImage): Generator<MetadataRecord> {
  const metadataVersion = features.get(METADATA_VERSION);
  if (metadataVersion !== undefined) yield featureLevelRecord(METADATA_VERSION, metadataVersion);
  for (const [name, level] of features) {
    // kraft.version is in the snapshot's header.
    if (name !== METADATA_VERSION && name !== KRAFT_VERSION) yield featureLevelRecord(name, level);
  }
}

function brokerRecord(broker: BrokerRegistration): MetadataRecord {
  return registerBrokerRecord({
    brokerId: broker.id,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: endpointsOf(broker.listeners),
    features: featuresOf(broker.supportedFeatures),
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    logDirs: [...broker.directories],
    cordonedLogDirs: broker.cordonedDirectories && [...broker.cordonedDirectories],
  });
}

function controllerRecord(controller: ControllerRegistration): MetadataRecord {
  return registerControllerRecord({
    controllerId: controller.id,
    incarnationId: controller.incarnationId,
    zkMigrationReady: controller.zkMigrationReady,
    endPoints: endpointsOf(controller.listeners),
    features: featuresOf(controller.supportedFeatures),
  });
}

function partitionRecord(topicId: string, { elr, ...partition }: PartitionRegistration): MetadataRecord {
  return metadataRecord("PartitionRecord", 2, {
    ...partition,
    topicId,
    eligibleLeaderReplicas: elr.length > 0 ? elr : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
  });
}

function endpointsOf(listeners: ReadonlyMap<string, Endpoint>): Endpoint[] {
  return [...listeners.values()];
}

function featuresOf(features: ReadonlyMap<string, VersionRange>) {
  return [...features].map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }));
}
