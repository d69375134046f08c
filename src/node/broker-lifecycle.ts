import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { SupportedFeature } from "../server/services.ts";
import { unsupportedLevels } from "./unsupported-levels.ts";

const BROKER_REGISTRATION_VERSION = 4;
const BROKER_HEARTBEAT_VERSION = 2;
const RETRY_BACKOFF_MS = 50;
const REGISTRATION_BACKOFF_MAX_MS = 500;
/** How long a broker whose registration is refused waits for the metadata that says why. */
const REASON_TIMEOUT_MS = 3_000;

export interface BrokerLifecycleOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly controller: Controller;
  readonly brokerId: number;
  readonly clusterId: string;
  /** New for each start of the process. */
  readonly incarnationId: string;
  readonly listeners: readonly AdvertisedListener[];
  readonly features: readonly SupportedFeature[];
  /** Feature levels of the cluster, as far as this broker has read the metadata. */
  readonly finalizedFeatures: () => ReadonlyMap<string, number>;
  readonly rack: string | null;
  /** Directory ids of all log directories, by path. */
  readonly logDirs: ReadonlyMap<string, string>;
  /** The broker epoch of the last stop if that was clean; -1 otherwise. */
  readonly previousBrokerEpoch: number;
  /** The last metadata offset that this broker has applied. */
  readonly appliedOffset: () => number;
  /** `broker.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: number;
  /** `initial.broker.registration.timeout.ms` */
  readonly registrationTimeoutMs: number;
}

export interface AdvertisedListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

/**
 * A broker's standing with the controller: registers this incarnation, reports with heartbeats, is unfenced once it has
 * caught up, and asks for a controlled shutdown before it goes.
 */
export class BrokerLifecycle {
  /** The offset of this incarnation's registration record; -1 before. */
  brokerEpoch = -1;
  private readonly options: BrokerLifecycleOptions;
  private cancelHeartbeat: Cancel = () => {};
  /** True while the next heartbeat waits for its time and none is in progress. */
  private isHeartbeatWaiting = false;
  private wantsFence = true;
  private wantsShutdown = false;
  private readonly offlineLogDirs = new Set<string>();
  /** True when a directory has failed since the heartbeat in progress was sent. */
  private isOutdated = false;
  /** Failed heartbeats in a row. */
  private failureCount = 0;
  private toldErrorCode: number = ErrorCode.NONE;
  private isClosed = false;
  private onUnfenced: (() => void) | undefined;
  private onShouldShutDown: (() => void) | undefined;

  constructor(options: BrokerLifecycleOptions) {
    this.options = options;
  }

  /** Resolves with the broker epoch; rejects when the controller refuses for good or the timeout is over. */
  register(): Promise<number> {
    const { clock } = this.options.runtime;
    const deadlineMs = clock.elapsed() + this.options.registrationTimeoutMs;
    let backoffMs = RETRY_BACKOFF_MS;
    return new Promise((resolve, reject) => {
      const attempt = () => {
        this.options.controller.registerBroker(
          internalContext(BROKER_REGISTRATION_VERSION, Math.max(1, deadlineMs - clock.elapsed())),
          this.registration(),
          ({ errorCode, brokerEpoch }) => {
            if (errorCode === ErrorCode.NONE) {
              this.brokerEpoch = brokerEpoch ?? -1;
              resolve(this.brokerEpoch);
            } else if (!isRetriable(errorCode) || clock.elapsed() >= deadlineMs) {
              void this.refusalOf(errorCode).then(reject);
            } else {
              clock.schedule(backoffMs, attempt);
              backoffMs = Math.min(2 * backoffMs, REGISTRATION_BACKOFF_MAX_MS);
            }
          },
        );
      };
      attempt();
    });
  }

  /** Keeps this incarnation's session alive while the broker is not ready yet. */
  startHeartbeats(): void {
    this.heartbeat();
  }

  /** Asks to be unfenced; resolves when the controller has agreed. */
  unfence(): Promise<void> {
    this.wantsFence = false;
    return new Promise((resolve) => {
      this.onUnfenced = resolve;
      this.heartbeat();
    });
  }

  /** Resolves when the controller has moved leadership away, after `timeoutMs` at the latest, or on {@link close}. */
  controlledShutdown(timeoutMs: number): Promise<void> {
    this.wantsShutdown = true;
    this.cancelHeartbeat();
    return new Promise((resolve) => {
      const cancel = this.options.runtime.clock.schedule(timeoutMs, resolve);
      this.onShouldShutDown = () => {
        cancel();
        resolve();
      };
      this.heartbeat();
    });
  }

  /**
   * Another controller is active. It can notice at once that this process is gone only after it has heard from it, so the next
   * heartbeat is sent now. A heartbeat in progress reaches the new controller by itself.
   */
  controllerChanged(): void {
    if (this.isHeartbeatWaiting) this.heartbeat();
  }

  /** Tells the controller at once, and with every later heartbeat, so that it moves leaders off the directory (KIP-858). */
  reportFailedLogDir(path: string): void {
    const id = this.options.logDirs.get(path);
    if (id === undefined || this.offlineLogDirs.has(id)) return;
    this.offlineLogDirs.add(id);
    this.isOutdated = true;
    if (!this.isHeartbeatWaiting) return;
    // Not inside the call that has failed; and the directories of one disk fail together.
    this.cancelHeartbeat();
    this.scheduleHeartbeat(0);
  }

  close(): void {
    this.isClosed = true;
    this.cancelHeartbeat();
    this.onShouldShutDown?.();
  }

  /** The controller answers only an error code; the metadata says which feature it is about. */
  private async refusalOf(errorCode: number): Promise<Error> {
    const { brokerId, features, finalizedFeatures, runtime } = this.options;
    const refused = `The controller refused to register broker ${brokerId}: ${errorName(errorCode)}`;
    if (errorCode !== ErrorCode.UNSUPPORTED_VERSION) return new Error(refused);
    const deadlineMs = runtime.clock.elapsed() + REASON_TIMEOUT_MS;
    for (;;) {
      const reason = unsupportedLevels(finalizedFeatures(), features);
      if (reason !== undefined) return new Error(`${refused}: ${reason}`);
      if (this.isClosed || runtime.clock.elapsed() >= deadlineMs) return new Error(refused);
      await new Promise<void>((resolve) => runtime.clock.schedule(RETRY_BACKOFF_MS, resolve));
    }
  }

  private registration() {
    const { brokerId, clusterId, incarnationId, listeners, features, rack, logDirs, previousBrokerEpoch } =
      this.options;
    return {
      brokerId,
      clusterId,
      incarnationId,
      listeners: [...listeners],
      features: features.map(({ name, min, max }) => ({ name, minSupportedVersion: min, maxSupportedVersion: max })),
      rack,
      isMigratingZkBroker: false,
      logDirs: [...logDirs.values()],
      previousBrokerEpoch,
    };
  }

  private heartbeat(): void {
    this.cancelHeartbeat();
    this.isHeartbeatWaiting = false;
    this.isOutdated = false;
    if (this.isClosed) return;
    const request = {
      brokerId: this.options.brokerId,
      brokerEpoch: this.brokerEpoch,
      currentMetadataOffset: this.options.appliedOffset(),
      wantFence: this.wantsFence,
      wantShutDown: this.wantsShutdown,
      offlineLogDirs: [...this.offlineLogDirs],
      cordonedLogDirs: null,
    };
    // A heartbeat that finds no controller is given up, so that the next one reports the newest state.
    const context = internalContext(BROKER_HEARTBEAT_VERSION, this.options.heartbeatIntervalMs);
    this.options.controller.brokerHeartbeat(context, request, (response) => {
      if (this.isClosed) return;
      if (response.errorCode !== ErrorCode.NONE) {
        this.heartbeatFailed(response.errorCode);
        return;
      }
      this.failureCount = 0;
      this.toldErrorCode = ErrorCode.NONE;
      if (response.shouldShutDown) this.onShouldShutDown?.();
      if (!response.isFenced) this.onUnfenced?.();
      const settled = this.wantsShutdown ? response.shouldShutDown : this.wantsFence || !response.isFenced;
      this.scheduleHeartbeat(settled && !this.isOutdated ? this.options.heartbeatIntervalMs : RETRY_BACKOFF_MS);
    });
  }

  /** A broker that is unregistered while it runs is refused until it is restarted. */
  private heartbeatFailed(errorCode: number): void {
    const { runtime, heartbeatIntervalMs } = this.options;
    if (!isRetriable(errorCode) && errorCode !== this.toldErrorCode) {
      this.toldErrorCode = errorCode;
      runtime.log.write("error", `Broker heartbeat failed: ${errorName(errorCode)}`);
    }
    const backoffMs = RETRY_BACKOFF_MS * 2 ** Math.min(this.failureCount++, 20);
    this.scheduleHeartbeat(Math.min(backoffMs, Math.max(RETRY_BACKOFF_MS, heartbeatIntervalMs)));
  }

  private scheduleHeartbeat(delayMs: number): void {
    this.isHeartbeatWaiting = true;
    this.cancelHeartbeat = this.options.runtime.clock.schedule(delayMs, () => this.heartbeat());
  }
}

/** Errors that pass: no controller is elected, it has not applied this incarnation, or an earlier incarnation's session lives on. */
function isRetriable(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NOT_CONTROLLER ||
    errorCode === ErrorCode.REQUEST_TIMED_OUT ||
    errorCode === ErrorCode.BROKER_ID_NOT_REGISTERED ||
    errorCode === ErrorCode.DUPLICATE_BROKER_REGISTRATION
  );
}
