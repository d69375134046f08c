import type { Address, Clock, Random } from "../../src/runtime.ts";
import type { NetworkEnvironment } from "../shared/network-environment.ts";
import { StreamConnection } from "../shared/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";

export interface LoopbackSettings {
  readonly environment: NetworkEnvironment;
  readonly clock: Clock;
  readonly random: Random | undefined;
  readonly latencyMs: number;
  readonly windowBytes: number;
}

const maxPieceBytes = 64 * 1024;

/** One end of a connection in memory: what its peer has written lies in its inbox until it reads. */
export class LoopbackConnection extends StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  private readonly settings: LoopbackSettings;
  declare private peer: LoopbackConnection;
  private inbox: Uint8Array[] = [];
  /** In the inbox or on the way to it. */
  private unreadBytes = 0;
  private hasInboxEnded = false;
  private isReading = false;
  private isReadScheduled = false;
  private isDestroyed = false;
  /** The peer waits for room in the inbox. */
  private isPeerBlocked = false;

  private constructor(settings: LoopbackSettings, local: Address, remote: Address) {
    super(settings.environment);
    this.settings = settings;
    this.local = local;
    this.remote = remote;
  }

  static pair(settings: LoopbackSettings, near: Address, far: Address): [LoopbackConnection, LoopbackConnection] {
    const nearEnd = new LoopbackConnection(settings, near, far);
    const farEnd = new LoopbackConnection(settings, far, near);
    nearEnd.peer = farEnd;
    farEnd.peer = nearEnd;
    return [nearEnd, farEnd];
  }

  protected write(bytes: Uint8Array): number {
    const { peer } = this;
    if (peer.isDestroyed) {
      this.travel(() => this.brokenOff());
      return 0;
    }
    const room = this.settings.windowBytes - peer.unreadBytes;
    const count = Math.min(bytes.length, Math.max(0, room));
    peer.unreadBytes += count;
    if (count < bytes.length) peer.isPeerBlocked = true;
    for (let position = 0; position < count; ) {
      const piece = bytes.slice(position, Math.min(count, position + this.pieceBytes()));
      position += piece.length;
      this.travel(() => peer.arrived(piece));
    }
    return count;
  }

  protected shutDown(): void {
    this.travel(() => this.peer.arrivedEnd());
  }

  protected destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    // As close(2): unread input makes it a reset, otherwise the peer reads to the end and finds out when it writes.
    const isReset = this.unreadBytes > 0;
    this.travel(() => (isReset ? this.peer.brokenOff() : this.peer.arrivedEnd()));
  }

  protected startReading(): void {
    this.isReading = true;
    this.scheduleRead();
  }

  protected stopReading(): void {
    this.isReading = false;
  }

  private arrived(piece: Uint8Array): void {
    if (this.isDestroyed) {
      this.peer.brokenOff();
      return;
    }
    this.inbox.push(piece);
    this.scheduleRead();
  }

  private arrivedEnd(): void {
    this.hasInboxEnded = true;
    this.scheduleRead();
  }

  private brokenOff(): void {
    this.isDestroyed = true;
    this.inbox = [];
    this.finish(systemError("ECONNRESET", `read ${this.remote.host}:${this.remote.port}`));
  }

  private scheduleRead(): void {
    if (this.isReadScheduled || !this.isReading) return;
    if (this.inbox.length === 0 && !this.hasInboxEnded) return;
    this.isReadScheduled = true;
    this.settings.clock.defer(() => this.read());
  }

  private read(): void {
    this.isReadScheduled = false;
    const pieces = this.inbox;
    let count = 0;
    for (; count < pieces.length && this.isReading && !this.isDestroyed; count++) {
      const piece = pieces[count]!;
      this.unreadBytes -= piece.length;
      this.deliver(piece);
    }
    if (this.isDestroyed) return;
    pieces.splice(0, count);
    if (this.isReading && this.hasInboxEnded) {
      this.isReading = false;
      this.peerEnded();
    }
    if (this.isPeerBlocked && this.unreadBytes < this.settings.windowBytes) {
      this.isPeerBlocked = false;
      this.travel(() => this.peer.written(0));
    }
  }

  private pieceBytes(): number {
    const { random } = this.settings;
    return random === undefined ? maxPieceBytes : 1 + random.integer(maxPieceBytes);
  }

  private travel(task: () => void): void {
    const { clock, latencyMs } = this.settings;
    if (latencyMs > 0) clock.schedule(latencyMs, task);
    else clock.defer(task);
  }
}
