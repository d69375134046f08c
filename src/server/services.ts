import type { Config } from "../config/config.ts";
import type { Controller } from "../controller/controller.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import type { GroupCoordinator } from "../coordinator/group/group-coordinator.ts";
import type { LogManager } from "../log/log-manager.ts";
import type { ReplicaManager } from "../replica/replica-manager.ts";
import type { Runtime } from "../runtime.ts";
import type { AdvertisedApi } from "./api-table.ts";

/** Everything a request handler may use: one value per broker, composed in `broker.ts`. */
export interface Services {
  readonly runtime: Runtime;
  readonly nodeId: number;
  readonly clusterId: string;
  /** The node's static configuration. */
  readonly config: Config;
  /** With what was set at run time (KIP-226). */
  dynamicConfig(): Config;
  /** What ApiVersions tells. */
  readonly apiVersions: readonly AdvertisedApi[];
  readonly supportedFeatures: readonly SupportedFeature[];
  /** The newest image of the cluster's metadata that this broker has applied. */
  metadata(): MetadataImage;
  readonly controller: Controller;
  /** The node that leads the metadata quorum; -1 while nobody is known to. */
  controllerLeaderId(): number;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
  /** Starts creating topics that a Metadata request named and that do not exist; what becomes of it is logged. */
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
