/**
 * The records this controller writes, in the versions that belong to metadata.version 30 to 33: a node at the finalized
 * level reads no newer ones.
 */
import type { BrokerRegistrationChangeRecord } from "../protocol/metadata-records/broker-registration-change-record.ts";
import { type MetadataRecord, metadataRecord } from "../protocol/metadata-records/index.ts";
import type { PartitionChangeRecord } from "../protocol/metadata-records/partition-change-record.ts";
import type { PartitionRecord } from "../protocol/metadata-records/partition-record.ts";
import type { ProducerIdsRecord } from "../protocol/metadata-records/producer-ids-record.ts";
import type { RegisterBrokerRecord } from "../protocol/metadata-records/register-broker-record.ts";
import type { RegisterControllerRecord } from "../protocol/metadata-records/register-controller-record.ts";
import type { Input } from "../protocol/schema.ts";

export type RegisterBroker = Input<typeof RegisterBrokerRecord>;
export type PartitionChange = Input<typeof PartitionChangeRecord>;

/** A partition to be created. */
export interface NewPartition {
  readonly topicId: string;
  readonly partitionId: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly leader: number;
  readonly directories: readonly string[];
}

export function featureLevelRecord(name: string, featureLevel: number): MetadataRecord {
  return metadataRecord("FeatureLevelRecord", 0, { name, featureLevel });
}

export function registerBrokerRecord(record: RegisterBroker): MetadataRecord {
  return metadataRecord("RegisterBrokerRecord", 4, record);
}

export function unregisterBrokerRecord(brokerId: number, brokerEpoch: number): MetadataRecord {
  return metadataRecord("UnregisterBrokerRecord", 0, { brokerId, brokerEpoch });
}

/** Written in the lowest version that can carry the change. */
export function brokerRegistrationChangeRecord(record: Input<typeof BrokerRegistrationChangeRecord>): MetadataRecord {
  const version = record.cordonedLogDirs != null ? 3 : record.logDirs ? 2 : record.inControlledShutdown ? 1 : 0;
  return metadataRecord("BrokerRegistrationChangeRecord", version, record);
}

export function registerControllerRecord(record: Input<typeof RegisterControllerRecord>): MetadataRecord {
  return metadataRecord("RegisterControllerRecord", 0, record);
}

export function unregisterControllerRecord(controllerId: number): MetadataRecord {
  return metadataRecord("UnregisterControllerRecord", 0, { controllerId });
}

export function topicRecord(name: string, topicId: string): MetadataRecord {
  return metadataRecord("TopicRecord", 0, { name, topicId });
}

export function removeTopicRecord(topicId: string): MetadataRecord {
  return metadataRecord("RemoveTopicRecord", 0, { topicId });
}

export function partitionRecord(partition: NewPartition): MetadataRecord {
  const record: Input<typeof PartitionRecord> = {
    ...partition,
    removingReplicas: [],
    addingReplicas: [],
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
  return metadataRecord("PartitionRecord", 2, record);
}

export function partitionChangeRecord(change: PartitionChange): MetadataRecord {
  return metadataRecord("PartitionChangeRecord", 2, change);
}

/** A null value takes the setting back. */
export function configRecord(
  resourceType: number,
  resourceName: string,
  name: string,
  value: string | null,
): MetadataRecord {
  return metadataRecord("ConfigRecord", 0, { resourceType, resourceName, name, value });
}

/** An empty name means every topic. */
export function clearElrRecord(topicName: string): MetadataRecord {
  return metadataRecord("ClearElrRecord", 0, { topicName });
}

export function producerIdsRecord(record: Input<typeof ProducerIdsRecord>): MetadataRecord {
  return metadataRecord("ProducerIdsRecord", 0, record);
}

export function noOpRecord(): MetadataRecord {
  return metadataRecord("NoOpRecord", 0, {});
}

export function beginTransactionRecord(name: string): MetadataRecord {
  return metadataRecord("BeginTransactionRecord", 0, { name });
}

export function endTransactionRecord(): MetadataRecord {
  return metadataRecord("EndTransactionRecord", 0, {});
}

export function abortTransactionRecord(reason: string): MetadataRecord {
  return metadataRecord("AbortTransactionRecord", 0, { reason });
}
