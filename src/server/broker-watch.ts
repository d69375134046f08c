import { isProcessGone } from "../client/gone-process.ts";
import type { BrokerRegistration } from "../controller/broker-registration.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import type { Address, Runtime } from "../runtime.ts";

export interface BrokerWatchOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log">;
  /** The broker of this process needs no watch. */
  readonly nodeId: number;
  /** The listener that brokers reach each other by. */
  readonly listenerName: string;
  readonly metadata: () => MetadataImage;
  readonly isActiveController: () => boolean;
  /** Takes the broker out of service, if this epoch is still its present one. */
  readonly fence: (brokerId: number, brokerEpoch: number) => void;
}

/** The connection that a broker's heartbeats come by. */
export interface HeartbeatConnection {
  /** Unique within the process. */
  readonly connectionId: string;
  /** Calls back once when the peer is gone. */
  onDisconnected(listener: () => void): void;
}

interface Heard {
  readonly connectionId: string;
  readonly brokerEpoch: number;
}

/**
 * Notices at once that the process of a broker is gone, instead of waiting until its session is over: when the connection
 * of its heartbeats breaks, and after a change of controller, the broker's listener is dialled, and a broker that refuses
 * is fenced. Should it live all the same, its next heartbeat lets it back in, with new epochs.
 */
export class BrokerWatch {
  private readonly options: BrokerWatchOptions;
  private readonly heard = new Map<number, Heard>();
  private readonly suspects = new Set<number>();

  constructor(options: BrokerWatchOptions) {
    this.options = options;
  }

  /** A registration or a heartbeat has come. */
  heartbeat(brokerId: number, brokerEpoch: number, connection: HeartbeatConnection): void {
    const { connectionId } = connection;
    const known = this.heard.get(brokerId);
    // A late heartbeat of an earlier incarnation, which does not know yet that it has been replaced.
    if (known !== undefined && known.brokerEpoch > brokerEpoch) return;
    const isKnown = known?.connectionId === connectionId;
    this.heard.set(brokerId, { connectionId, brokerEpoch });
    if (!isKnown) connection.onDisconnected(() => this.disconnected(brokerId, connectionId));
  }

  /**
   * This controller has become the active one: nobody knows what happened to brokers in between. `goneNodeId` is the node
   * whose process was found to be gone already, as the one that led the controllers before.
   */
  activated(goneNodeId: number | undefined): void {
    for (const brokerId of this.options.metadata().brokers.keys()) {
      if (brokerId !== goneNodeId) void this.suspect(brokerId);
    }
    const broker = goneNodeId === undefined ? undefined : this.working(goneNodeId);
    if (broker !== undefined) this.fence(broker, "it is a controller, too, whose process is gone");
  }

  private disconnected(brokerId: number, connectionId: string): void {
    if (this.heard.get(brokerId)?.connectionId !== connectionId) return;
    this.heard.delete(brokerId);
    if (this.working(brokerId) !== undefined) {
      this.options.runtime.log.write("info", `The connection of broker ${brokerId}'s heartbeats has broken`);
    }
    void this.suspect(brokerId);
  }

  private async suspect(brokerId: number): Promise<void> {
    const { runtime, listenerName } = this.options;
    const broker = this.working(brokerId);
    if (broker === undefined || this.suspects.has(brokerId)) return;
    const address = addressOf(broker, listenerName);
    if (address === undefined) return;
    this.suspects.add(brokerId);
    const isGone = await isProcessGone(runtime, address);
    this.suspects.delete(brokerId);
    if (this.heard.has(brokerId) || this.working(brokerId)?.epoch !== broker.epoch) return;
    const place = `${address.host}:${address.port}`;
    if (isGone) this.fence(broker, `its connection broke, and nothing listens at ${place}`);
    else runtime.log.write("info", `Broker ${brokerId} is not considered gone: ${place} does not refuse connections`);
  }

  private fence({ id, epoch }: BrokerRegistration, reason: string): void {
    const { runtime, fence } = this.options;
    runtime.log.write("warn", `Fencing broker ${id}: ${reason}`);
    fence(id, epoch);
  }

  /** A broker that is shutting down in order needs no help. */
  private working(brokerId: number): BrokerRegistration | undefined {
    const { nodeId, metadata, isActiveController } = this.options;
    const broker = metadata().brokers.get(brokerId);
    const isWorking = broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
    return isWorking && brokerId !== nodeId && isActiveController() ? broker : undefined;
  }
}

function addressOf({ listeners }: BrokerRegistration, listenerName: string): Address | undefined {
  const [first] = listeners.values();
  return listeners.get(listenerName) ?? first;
}
