import { isReservedDirectory, LOST_DIRECTORY } from "../protocol/directory-id.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { BrokerRegistrationRequest } from "../protocol/messages/broker-registration.ts";
import type { ControllerRegistrationRequest } from "../protocol/messages/controller-registration.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineMap } from "../timeline/timeline-map.ts";
import { type ApiError, apiError } from "./api-error.ts";
import {
  type BrokerRegistration,
  brokerFromRecord,
  type ControllerRegistration,
  changedBroker,
  controllerFromRecord,
  hasUncordonedDirectory,
} from "./broker-registration.ts";
import type { BrokerSessions } from "./broker-sessions.ts";
import { CONTROLLER_UNREGISTRATION_LEVEL, METADATA_VERSION } from "./feature-levels.ts";
import type { FeatureManager, FeatureSupport } from "./feature-manager.ts";
import { type RegisterBroker, registerControllerRecord, unregisterControllerRecord } from "./record-factory.ts";
import type { UsableBroker } from "./replica-placer.ts";

/** The brokers and controllers of the cluster (KIP-631). */
export class ClusterManager {
  readonly #clusterId: string;
  readonly #features: FeatureManager;
  readonly #sessions: BrokerSessions;
  readonly #brokers: TimelineMap<number, BrokerRegistration>;
  /** The offset of each broker's registration record: a broker that has applied it may be unfenced. */
  readonly #registrationOffsets: TimelineMap<number, number>;
  readonly #controllers: TimelineMap<number, ControllerRegistration>;

  constructor(options: { timeline: Timeline; clusterId: string; features: FeatureManager; sessions: BrokerSessions }) {
    this.#clusterId = options.clusterId;
    this.#features = options.features;
    this.#sessions = options.sessions;
    this.#brokers = new TimelineMap(options.timeline);
    this.#registrationOffsets = new TimelineMap(options.timeline);
    this.#controllers = new TimelineMap(options.timeline);
  }

  broker(id: number): BrokerRegistration | undefined {
    return this.#brokers.get(id);
  }

  brokers(): IterableIterator<BrokerRegistration> {
    return this.#brokers.values();
  }

  isController(id: number): boolean {
    return this.#controllers.has(id);
  }

  registrationOffset(brokerId: number): number | undefined {
    return this.#registrationOffsets.get(brokerId);
  }

  /** Unfenced and not on its way out: may be in an ISR and lead. */
  isActive(brokerId: number): boolean {
    const broker = this.#brokers.get(brokerId);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  }

  /** Who is on the way out gets no replicas; who is gone, but registered, will be back. */
  *usableBrokers(): Generator<UsableBroker> {
    for (const broker of this.#brokers.values()) {
      const { id, rack, fenced, inControlledShutdown } = broker;
      const isLeaving = inControlledShutdown && !fenced;
      if (!isLeaving && hasUncordonedDirectory(broker)) yield { id, rack, fenced };
    }
  }

  /** Where a new replica of the broker goes when there is no choice; undefined when the broker decides itself. */
  onlyDirectory(brokerId: number): string | undefined {
    const directories = this.#brokers.get(brokerId)?.directories;
    return directories?.length === 1 ? directories[0] : undefined;
  }

  /** False when the directory is one the broker has lost; placeholders for a directory count as online. */
  isOnline(brokerId: number, directory: string): boolean {
    return isReservedDirectory(directory)
      ? directory !== LOST_DIRECTORY
      : (this.#brokers.get(brokerId)?.directories.includes(directory) ?? false);
  }

  /** Undefined when the request comes from the broker's present incarnation. */
  epochProblem(brokerId: number, brokerEpoch: number): ApiError | undefined {
    const broker = this.#brokers.get(brokerId);
    if (broker === undefined) {
      return apiError(ErrorCode.STALE_BROKER_EPOCH, `No broker registration found for broker id ${brokerId}`);
    }
    if (broker.epoch === brokerEpoch) return undefined;
    return apiError(
      ErrorCode.STALE_BROKER_EPOCH,
      `Expected broker epoch ${broker.epoch}, but got broker epoch ${brokerEpoch}`,
    );
  }

  /** Every other node's supported features, for {@link FeatureManager.update}. */
  *featureSupport(ownControllerId: number): Generator<FeatureSupport> {
    for (const broker of this.#brokers.values()) {
      yield { node: `Broker ${broker.id}`, features: broker.supportedFeatures };
    }
    for (const controller of this.#controllers.values()) {
      if (controller.id === ownControllerId) continue;
      yield { node: `Controller ${controller.id}`, features: controller.supportedFeatures };
    }
  }

  /** The registration to write; `brokerEpoch` is what a new incarnation gets. */
  register(request: BrokerRegistrationRequest, brokerEpoch: number, nowMs: number): RegisterBroker | ApiError {
    const existing = this.#brokers.get(request.brokerId);
    const problem =
      this.#identityProblem(request, existing, nowMs) ??
      this.#directoryProblem(request) ??
      this.#featureProblem(request);
    if (problem !== undefined) return problem;
    const same = existing !== undefined && existing.incarnationId === request.incarnationId;
    return {
      brokerId: request.brokerId,
      incarnationId: request.incarnationId,
      brokerEpoch: same ? existing.epoch : brokerEpoch,
      endPoints: request.listeners,
      features: request.features,
      rack: request.rack,
      fenced: same ? existing.fenced : true,
      inControlledShutdown: same ? existing.inControlledShutdown : false,
      logDirs: request.logDirs,
    };
  }

  registerController(request: ControllerRegistrationRequest): MetadataRecord {
    return registerControllerRecord({
      controllerId: request.controllerId,
      incarnationId: request.incarnationId,
      zkMigrationReady: false,
      endPoints: request.listeners,
      features: request.features,
    });
  }

  unregisterController(controllerId: number): MetadataRecord | ApiError {
    if (this.#features.level(METADATA_VERSION) < CONTROLLER_UNREGISTRATION_LEVEL) {
      const message = "The current MetadataVersion is too old to support controller unregistration.";
      return apiError(ErrorCode.UNSUPPORTED_VERSION, message);
    }
    if (this.#controllers.has(controllerId)) return unregisterControllerRecord(controllerId);
    const message = `Controller ID ${controllerId} is not currently registered.`;
    return apiError(ErrorCode.CONTROLLER_ID_NOT_REGISTERED, message);
  }

  replay(record: MetadataRecord, offset: number): void {
    switch (record.type) {
      case "RegisterBrokerRecord":
        this.#brokers.set(record.record.brokerId, brokerFromRecord(record.record));
        this.#registrationOffsets.set(record.record.brokerId, offset);
        break;
      case "UnregisterBrokerRecord":
        this.#registered(record.record.brokerId, record.record.brokerEpoch);
        this.#brokers.delete(record.record.brokerId);
        this.#registrationOffsets.delete(record.record.brokerId);
        break;
      case "FenceBrokerRecord":
      case "UnfenceBrokerRecord":
      case "BrokerRegistrationChangeRecord": {
        const change = changedBroker(record, (id, epoch) => this.#registered(id, epoch));
        this.#brokers.set(change.id, change);
        break;
      }
      case "RegisterControllerRecord":
        this.#controllers.set(record.record.controllerId, controllerFromRecord(record.record));
        break;
      case "UnregisterControllerRecord":
        this.#controllers.delete(record.record.controllerId);
        break;
    }
  }

  #registered(brokerId: number, brokerEpoch: number): BrokerRegistration {
    const broker = this.#brokers.get(brokerId);
    if (broker === undefined) throw new Error(`A record changes broker ${brokerId}, which is not registered`);
    if (broker.epoch !== brokerEpoch) {
      throw new Error(`A record changes broker ${brokerId} at epoch ${brokerEpoch}, but its epoch is ${broker.epoch}`);
    }
    return broker;
  }

  #identityProblem(
    request: BrokerRegistrationRequest,
    existing: BrokerRegistration | undefined,
    nowMs: number,
  ): ApiError | undefined {
    if (request.clusterId !== this.#clusterId) {
      return apiError(
        ErrorCode.INCONSISTENT_CLUSTER_ID,
        `Expected cluster ID ${this.#clusterId}, but got cluster ID ${request.clusterId}`,
      );
    }
    if (request.isMigratingZkBroker) {
      return apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, "Controller does not support registering ZK brokers.");
    }
    if (existing === undefined || existing.incarnationId === request.incarnationId) return undefined;
    // Who holds the locks of the old incarnation's directories can only be its successor: no need to wait, as Kafka does,
    // until the old session runs out.
    const successor = sameSet(existing.directories, request.logDirs);
    if (!successor && this.#sessions.isValid(existing.id, nowMs)) {
      return apiError(ErrorCode.DUPLICATE_BROKER_REGISTRATION, "Another broker is registered with that broker id.");
    }
    return undefined;
  }

  #directoryProblem({ brokerId, logDirs }: BrokerRegistrationRequest): ApiError | undefined {
    const invalid = (message: string) => apiError(ErrorCode.INVALID_REGISTRATION, message);
    if (logDirs.length === 0) return invalid("No directories specified in request");
    if (logDirs.some(isReservedDirectory)) return invalid("Reserved directory ID in request");
    if (new Set(logDirs).size !== logDirs.length) return invalid("Duplicate directory ID in request");
    for (const broker of this.#brokers.values()) {
      const taken = broker.id === brokerId ? undefined : logDirs.find((id) => broker.directories.includes(id));
      if (taken !== undefined) {
        return invalid(`Broker ${broker.id} is already registered with directory ${taken}`);
      }
    }
    return undefined;
  }

  /** A broker must be able to work at every finalized level; a feature it does not list is at 0. */
  #featureProblem({ features }: BrokerRegistrationRequest): ApiError | undefined {
    if (!features.some(({ name }) => name === METADATA_VERSION)) {
      return apiError(ErrorCode.INVALID_REGISTRATION, "Request features do not contain 'metadata.version'");
    }
    const offered = new Map(features.map((feature) => [feature.name, feature]));
    const finalized = new Map(this.#features.levels());
    for (const name of new Set([...offered.keys(), ...finalized.keys()])) {
      const level = finalized.get(name) ?? 0;
      const range = offered.get(name) ?? { minSupportedVersion: 0, maxSupportedVersion: 0 };
      if (level >= range.minSupportedVersion && level <= range.maxSupportedVersion) continue;
      if (level === 0 && !offered.has(name)) continue;
      return apiError(
        ErrorCode.UNSUPPORTED_VERSION,
        `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker ` +
          `wants a version between ${range.minSupportedVersion} and ${range.maxSupportedVersion}, inclusive.`,
      );
    }
    return undefined;
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value) => b.includes(value));
}
