import type { BrokerRegistrationChangeRecord } from "../protocol/metadata-records/broker-registration-change-record.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { RegisterBrokerRecord } from "../protocol/metadata-records/register-broker-record.ts";
import type { RegisterControllerRecord } from "../protocol/metadata-records/register-controller-record.ts";

/** One broker as the metadata log describes it. Immutable. */
export interface BrokerRegistration {
  readonly id: number;
  /** The offset of the broker's registration record. */
  readonly epoch: number;
  readonly incarnationId: string;
  /** By listener name: what the broker advertises. */
  readonly listeners: ReadonlyMap<string, Endpoint>;
  readonly supportedFeatures: ReadonlyMap<string, VersionRange>;
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** Sorted ids of the broker's online log directories. */
  readonly directories: readonly string[];
  /** Null until the broker has reported them (KIP-1066). */
  readonly cordonedDirectories: readonly string[] | null;
}

/** One controller as the metadata log describes it. Immutable. */
export interface ControllerRegistration {
  readonly id: number;
  readonly incarnationId: string;
  readonly zkMigrationReady: boolean;
  readonly listeners: ReadonlyMap<string, Endpoint>;
  readonly supportedFeatures: ReadonlyMap<string, VersionRange>;
}

export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export function brokerFromRecord(record: RegisterBrokerRecord): BrokerRegistration {
  return {
    id: record.brokerId,
    epoch: record.brokerEpoch,
    incarnationId: record.incarnationId,
    listeners: endpointsByName(record.endPoints),
    supportedFeatures: rangesByName(record.features),
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    directories: [...record.logDirs].sort(),
    cordonedDirectories: record.cordonedLogDirs,
  };
}

export function controllerFromRecord(record: RegisterControllerRecord): ControllerRegistration {
  return {
    id: record.controllerId,
    incarnationId: record.incarnationId,
    zkMigrationReady: record.zkMigrationReady,
    listeners: endpointsByName(record.endPoints),
    supportedFeatures: rangesByName(record.features),
  };
}

/** KIP-1066: a broker of which all log directories are cordoned takes no new replicas. */
export function hasUncordonedDirectory({ directories, cordonedDirectories }: BrokerRegistration): boolean {
  return directories.length === 0 || directories.some((id) => cordonedDirectories?.includes(id) !== true);
}

/** The registration after a record that changes one; `find` answers the present one, or throws. */
export function changedBroker(
  { type, record }: Extract<MetadataRecord, { type: ChangeType }>,
  find: (brokerId: number, brokerEpoch: number) => BrokerRegistration,
): BrokerRegistration {
  switch (type) {
    case "FenceBrokerRecord":
      return { ...find(record.id, record.epoch), fenced: true };
    case "UnfenceBrokerRecord":
      return { ...find(record.id, record.epoch), fenced: false };
    case "BrokerRegistrationChangeRecord":
      return merge(find(record.brokerId, record.brokerEpoch), record);
  }
}

type ChangeType = "FenceBrokerRecord" | "UnfenceBrokerRecord" | "BrokerRegistrationChangeRecord";

function merge(broker: BrokerRegistration, change: BrokerRegistrationChangeRecord): BrokerRegistration {
  if (change.fenced < -1 || change.fenced > 1) throw new Error(`Unknown fencing change ${change.fenced}`);
  if (change.inControlledShutdown < 0 || change.inControlledShutdown > 1) {
    throw new Error(`Unknown controlled shutdown change ${change.inControlledShutdown}`);
  }
  return {
    ...broker,
    fenced: change.fenced === 0 ? broker.fenced : change.fenced === 1,
    inControlledShutdown: broker.inControlledShutdown || change.inControlledShutdown === 1,
    directories: change.logDirs.length === 0 ? broker.directories : [...change.logDirs].sort(),
    cordonedDirectories: change.cordonedLogDirs ?? broker.cordonedDirectories,
  };
}

function endpointsByName(endpoints: readonly Endpoint[]): ReadonlyMap<string, Endpoint> {
  return new Map(
    endpoints.map(({ name, host, port, securityProtocol }) => [name, { name, host, port, securityProtocol }]),
  );
}

function rangesByName(
  features: readonly { name: string; minSupportedVersion: number; maxSupportedVersion: number }[],
): ReadonlyMap<string, VersionRange> {
  return new Map(
    features.map(({ name, minSupportedVersion, maxSupportedVersion }) => [
      name,
      { min: minSupportedVersion, max: maxSupportedVersion },
    ]),
  );
}
