import type { Config } from "../config/config.ts";
import type { Controller } from "../controller/controller.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import type { GroupCoordinator } from "../coordinator/group/group-coordinator.ts";
import type { BatchPreparer } from "../log/batch-preparer.ts";
import type { LogManager } from "../log/log-manager.ts";
import type { TimestampLookup } from "../log/timestamp-lookup.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import type { ReplicaDirectories } from "../replica/log-dirs/replica-directories.ts";
import type { ReplicaManager } from "../replica/replica-manager.ts";
import type { StalledAppends } from "../replica/stalled-appends.ts";
import type { Runtime } from "../runtime.ts";
import type { AdvertisedApi, ApiTable } from "./api-table.ts";
import type { BrokerWatch } from "./broker-watch.ts";

/** What the handlers of any listener may use. */
export interface NodeServices {
  readonly runtime: Runtime;
  readonly nodeId: number;
  /** The broker whose listener this is; undefined on a controller's listener, even if the node is also a broker. */
  readonly brokerId: number | undefined;
  readonly clusterId: string;
  /** The node's static configuration. */
  readonly config: Config;
  /** The APIs and versions that ApiVersions announces. */
  readonly apiVersions: readonly AdvertisedApi[];
  readonly supportedFeatures: readonly SupportedFeature[];
  /** The newest image of the cluster's metadata that this node has applied. */
  metadata(): MetadataImage;
  /** On a broker's listener the active controller, wherever it is; on a controller's the one of this node. */
  readonly controller: Controller;
  /** The node that leads the metadata quorum; -1 while nobody is known to. */
  controllerLeaderId(): number;
}

/** What the handlers of a controller's listener may use. */
export interface ControllerServices extends NodeServices {
  /** The metadata log of this node, and its place in the quorum. */
  readonly raft: Pick<RaftDriver, "ask">;
  /** Whether the controller of this node is the active one. */
  isActiveController(): boolean;
  /** Undefined when `polylog.fast.failover` is false. */
  readonly brokerWatch: BrokerWatch | undefined;
  /** What this listener serves, for the requests inside of envelopes. */
  apis(): ApiTable;
}

/** What the handlers of a broker's listeners may use: one value per broker. */
export interface Services extends NodeServices {
  /** The configuration with the values that were set at run time (KIP-226). */
  dynamicConfig(): Config;
  readonly logs: LogManager;
  readonly batchPreparer: BatchPreparer;
  readonly stalledAppends: StalledAppends;
  readonly timestampLookup: TimestampLookup;
  readonly replicas: ReplicaManager;
  /** Moves replicas between log directories. */
  readonly directories: ReplicaDirectories;
  readonly groups: GroupCoordinator;
  /** Starts creating topics that a Metadata request named and that do not exist. Failures are logged, not returned. */
  autoCreateTopics(names: readonly string[]): void;
  /**
   * Asks for the creation of an internal topic with its own settings, when it does not exist yet. `done` gets the error
   * code of the creation (0 when it exists now) and a message that names the fix.
   */
  createInternalTopic(name: string, done: (errorCode: number, message: string | null) => void): void;
  /** The next producer id for an idempotent producer. */
  allocateProducerId(done: (errorCode: number, producerId: number) => void): void;
}

export interface SupportedFeature {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}
