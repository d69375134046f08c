import { ErrorCode } from "../protocol/error-codes.ts";
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from "../protocol/messages/broker-heartbeat.ts";
import type {
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
} from "../protocol/messages/broker-registration.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError } from "./api-error.ts";
import type { BrokerRegistration } from "./broker-registration.ts";
import type { BrokerSessions } from "./broker-sessions.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import { answer, type Decision } from "./decision.ts";
import type { LeaderElections } from "./leader-elections.ts";
import { brokerRegistrationChangeRecord, registerBrokerRecord, unregisterBrokerRecord } from "./record-factory.ts";
import type { TopicManager } from "./topic-manager.ts";

type RegistrationResponse = Input<typeof BrokerRegistrationResponse>;
type HeartbeatResponse = Input<typeof BrokerHeartbeatResponse>;

/** `fenced`, `unfenced`, on the way out, or free to stop (KIP-631). */
type BrokerState = "fenced" | "unfenced" | "controlled shutdown" | "shutdown now";

/** The comings and goings of brokers: registration, heartbeats, fencing, controlled shutdown. */
export class BrokerLife {
  readonly #cluster: ClusterManager;
  readonly #topics: TopicManager;
  readonly #elections: LeaderElections;
  readonly #sessions: BrokerSessions;

  constructor(options: {
    cluster: ClusterManager;
    topics: TopicManager;
    elections: LeaderElections;
    sessions: BrokerSessions;
  }) {
    this.#cluster = options.cluster;
    this.#topics = options.topics;
    this.#elections = options.elections;
    this.#sessions = options.sessions;
  }

  /** `nextOffset`, where the records go, becomes the epoch of a new incarnation. */
  register(request: BrokerRegistrationRequest, nextOffset: number, nowMs: number): Decision<RegistrationResponse> {
    const registration = this.#cluster.register(request, nextOffset, nowMs);
    if (isApiError(registration)) {
      const notice = `Broker ${request.brokerId} was not registered: ${registration.errorMessage}`;
      return answer(registrationFailed(registration), notice);
    }
    this.#sessions.touch(request.brokerId, nowMs);
    return {
      records: [...this.#goneBefore(request), registerBrokerRecord(registration)],
      response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, brokerEpoch: registration.brokerEpoch },
      isSplittable: true,
    };
  }

  heartbeat(request: BrokerHeartbeatRequest, nextOffset: number, nowMs: number): Decision<HeartbeatResponse> {
    const { brokerId, currentMetadataOffset } = request;
    const problem = this.#cluster.epochProblem(brokerId, request.brokerEpoch);
    if (problem !== undefined) return answer(heartbeatFailed(problem));
    const broker = this.#cluster.broker(brokerId)!;
    const current = currentState(broker);
    const lost = broker.directories.filter((id) => request.offlineLogDirs.includes(id));
    const wanted = this.#nextState(broker, current, request);
    // Before it may lead anything again, it has to be known what it has lost: the next heartbeat unfences it.
    const next = current === "fenced" && wanted === "unfenced" && lost.length > 0 ? current : wanted;
    const records = next === current ? [] : this.#transition(broker, next);
    for (const record of this.#directoryChanges(broker, lost, request.cordonedLogDirs)) records.push(record);
    this.#sessions.touch(brokerId, nowMs, currentMetadataOffset);
    if (next === "controlled shutdown" && next !== current) {
      this.#sessions.enterControlledShutdown(brokerId, nextOffset + records.length - 1);
    }
    return {
      records,
      response: {
        throttleTimeMs: 0,
        errorCode: ErrorCode.NONE,
        isCaughtUp: currentMetadataOffset >= (this.#cluster.registrationOffset(brokerId) ?? 0),
        isFenced: next === "fenced" || next === "shutdown now",
        shouldShutDown: next === "shutdown now",
      },
      isSplittable: true,
    };
  }

  unregister(brokerId: number): Decision<ApiError> {
    const broker = this.#cluster.broker(brokerId);
    if (broker === undefined) {
      const message = `Broker ID ${brokerId} is not currently registered`;
      return answer(apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, message));
    }
    this.#sessions.remove(brokerId);
    return {
      records: [...this.#elections.brokerStoppedUncleanly(brokerId), unregisterBrokerRecord(brokerId, broker.epoch)],
      // Apache Kafka leaves the message at the schema's default, which is not null.
      response: apiError(ErrorCode.NONE, ""),
      isSplittable: true,
    };
  }

  /** How long until a broker's session can run out: when to look again. */
  nextExpiryMs(nowMs: number): number {
    let earliestMs = nowMs + this.#sessions.sessionTimeoutMs;
    for (const { id, fenced } of this.#cluster.brokers()) {
      if (!fenced) earliestMs = Math.min(earliestMs, this.#sessions.expiryMs(id) ?? nowMs);
    }
    return Math.max(0, earliestMs - nowMs);
  }

  /** Fences one broker that has been silent for too long; another one is for the next call, which sees this one's effect. */
  fenceOneStale(nowMs: number): { readonly brokerId: number; readonly records: readonly MetadataRecord[] } | undefined {
    for (const broker of this.#cluster.brokers()) {
      if (broker.fenced || this.#sessions.isValid(broker.id, nowMs)) continue;
      return { brokerId: broker.id, records: this.#transition(broker, "fenced") };
    }
    return undefined;
  }

  /** Nothing when the broker is fenced already, or another incarnation has taken over. */
  fence(brokerId: number, brokerEpoch: number): readonly MetadataRecord[] {
    const broker = this.#cluster.broker(brokerId);
    return broker === undefined || broker.fenced || broker.epoch !== brokerEpoch
      ? []
      : this.#transition(broker, "fenced");
  }

  /** What an earlier incarnation leaves behind. */
  #goneBefore({ brokerId, incarnationId, previousBrokerEpoch }: BrokerRegistrationRequest): MetadataRecord[] {
    const existing = this.#cluster.broker(brokerId);
    if (existing === undefined || existing.incarnationId === incarnationId) return [];
    // Whoever does not know the epoch of its last clean stop was killed, and may have lost acknowledged records.
    return previousBrokerEpoch === existing.epoch
      ? this.#elections.brokerGone(brokerId)
      : this.#elections.brokerStoppedUncleanly(brokerId);
  }

  #nextState(broker: BrokerRegistration, current: BrokerState, request: BrokerHeartbeatRequest): BrokerState {
    const { wantFence, wantShutDown, currentMetadataOffset } = request;
    switch (current) {
      case "fenced": {
        if (wantShutDown) return "shutdown now";
        const caughtUp = currentMetadataOffset >= (this.#cluster.registrationOffset(broker.id) ?? 0);
        return !wantFence && caughtUp ? "unfenced" : "fenced";
      }
      case "unfenced":
        if (wantFence) return wantShutDown ? "shutdown now" : "fenced";
        if (!wantShutDown) return "unfenced";
        return this.#topics.isLeader(broker.id) ? "controlled shutdown" : "shutdown now";
      default: {
        const settled =
          !this.#topics.isLeader(broker.id) &&
          this.#sessions.controlledShutdownOffset(broker.id) <= this.#lowestActiveOffset();
        return settled ? "shutdown now" : "controlled shutdown";
      }
    }
  }

  /** What every broker that works has seen of the metadata. */
  #lowestActiveOffset(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { id } of this.#cluster.brokers()) {
      if (this.#cluster.isActive(id)) lowest = Math.min(lowest, this.#sessions.metadataOffset(id));
    }
    return lowest;
  }

  /** The order matters to whoever replays: a broker is unfenced before it leads, and loses its leaderships before it is fenced. */
  #transition({ id, epoch, inControlledShutdown }: BrokerRegistration, next: BrokerState): MetadataRecord[] {
    const change = { brokerId: id, brokerEpoch: epoch };
    switch (next) {
      case "unfenced":
        return [brokerRegistrationChangeRecord({ ...change, fenced: UNFENCE }), ...this.#elections.brokerUnfenced(id)];
      case "controlled shutdown": {
        const announced = inControlledShutdown
          ? []
          : [brokerRegistrationChangeRecord({ ...change, inControlledShutdown: IN_CONTROLLED_SHUTDOWN })];
        return [...announced, ...this.#elections.brokerGone(id)];
      }
      default:
        return [...this.#elections.brokerGone(id), brokerRegistrationChangeRecord({ ...change, fenced: FENCE })];
    }
  }

  #directoryChanges(
    broker: BrokerRegistration,
    lost: readonly string[],
    cordonedLogDirs: readonly string[] | null,
  ): MetadataRecord[] {
    const change = { brokerId: broker.id, brokerEpoch: broker.epoch };
    const records: MetadataRecord[] = [];
    if (lost.length > 0) {
      const left = broker.directories.filter((id) => !lost.includes(id));
      for (const record of this.#elections.directoriesOffline(broker.id, lost)) records.push(record);
      records.push(brokerRegistrationChangeRecord({ ...change, logDirs: left }));
    }
    if (cordonedLogDirs !== null && !sameSet(cordonedLogDirs, broker.cordonedDirectories)) {
      records.push(brokerRegistrationChangeRecord({ ...change, cordonedLogDirs: [...cordonedLogDirs] }));
    }
    return records;
  }
}

/** Values of a BrokerRegistrationChangeRecord. */
const FENCE = 1;
const UNFENCE = -1;
const IN_CONTROLLED_SHUTDOWN = 1;

export function registrationFailed({ errorCode }: ApiError): RegistrationResponse {
  return { throttleTimeMs: 0, errorCode, brokerEpoch: -1 };
}

export function heartbeatFailed({ errorCode }: ApiError): HeartbeatResponse {
  return { throttleTimeMs: 0, errorCode, isCaughtUp: false, isFenced: true, shouldShutDown: false };
}

function currentState({ fenced, inControlledShutdown }: BrokerRegistration): BrokerState {
  // A broker that is fenced at the end of its controlled shutdown keeps both marks.
  if (fenced) return "fenced";
  return inControlledShutdown ? "controlled shutdown" : "unfenced";
}

function sameSet(a: readonly string[], b: readonly string[] | null): boolean {
  return b !== null && a.length === b.length && a.every((value) => b.includes(value));
}
