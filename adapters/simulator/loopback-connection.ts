import type { Address, Clock, Random } from "../../src/runtime.ts";
import type { NetworkEnvironment } from "../shared/network/network-environment.ts";
import { StreamConnection } from "../shared/network/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";

/** One end of a connection: the process that has it, and the way to the other end. */
export interface LoopbackEnd {
  readonly address: Address;
  readonly environment: NetworkEnvironment;
  /** Of the process: what it is told, it is told in tasks of its clock. */
  readonly clock: Pick<Clock, "defer">;
  /** Whether what arrives now is read in the same task. */
  readonly readsOnArrival: () => boolean;
  /** Given, sizes of pieces vary. */
  readonly random: Random | undefined;
  /** What a receiver that does not read is sent before the sender must wait. */
  readonly windowBytes: number;
  /** Runs a task at the other end, later; tasks arrive in order, or not at all. */
  travel(task: () => void): void;
}

const maxPieceBytes = 64 * 1024;
/** Copies of pieces up to this size lie in one buffer: to allocate a small one costs more than to fill it. */
const smallPieceBytes = 1024;
let smallPieces = new Uint8Array(0);
let smallPiecesUsed = 0;

function copyOf(piece: Uint8Array): Uint8Array {
  if (piece.length > smallPieceBytes) return piece.slice();
  if (smallPiecesUsed + piece.length > smallPieces.length) {
    smallPieces = new Uint8Array(32 * smallPieceBytes);
    smallPiecesUsed = 0;
  }
  const copy = smallPieces.subarray(smallPiecesUsed, smallPiecesUsed + piece.length);
  smallPiecesUsed += piece.length;
  copy.set(piece);
  return copy;
}

/** One end of a connection in memory: what its peer has written lies in its inbox until it reads. */
export class LoopbackConnection extends StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  private readonly near: LoopbackEnd;
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

  private constructor(near: LoopbackEnd, remote: Address) {
    super(near.environment);
    this.near = near;
    this.local = near.address;
    this.remote = remote;
  }

  static pair(near: LoopbackEnd, far: LoopbackEnd): [LoopbackConnection, LoopbackConnection] {
    const nearEnd = new LoopbackConnection(near, far.address);
    const farEnd = new LoopbackConnection(far, near.address);
    nearEnd.peer = farEnd;
    farEnd.peer = nearEnd;
    return [nearEnd, farEnd];
  }

  /** A fault of the network: both ends are told that it is gone. */
  break(): void {
    this.travel(() => this.peer.brokenOff());
    this.near.clock.defer(() => this.brokenOff());
  }

  /** The computer has lost its power: nobody is told. */
  vanish(): void {
    this.isDestroyed = true;
    this.inbox = [];
    this.finish();
  }

  write(bytes: Uint8Array): number {
    const { peer } = this;
    if (peer.isDestroyed) {
      this.travel(() => this.brokenOff());
      return 0;
    }
    const room = this.near.windowBytes - peer.unreadBytes;
    const count = Math.min(bytes.length, Math.max(0, room));
    peer.unreadBytes += count;
    if (count < bytes.length) peer.isPeerBlocked = true;
    for (let position = 0; position < count; ) {
      const piece = copyOf(bytes.subarray(position, Math.min(count, position + this.pieceBytes())));
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
    this.readArrived();
  }

  private arrivedEnd(): void {
    this.hasInboxEnded = true;
    this.readArrived();
  }

  private brokenOff(): void {
    this.isDestroyed = true;
    this.inbox = [];
    this.finish(systemError("ECONNRESET", `read ${this.remote.host}:${this.remote.port}`));
  }

  private readArrived(): void {
    if (this.isReading && !this.isReadScheduled && this.near.readsOnArrival()) this.read();
    else this.scheduleRead();
  }

  private scheduleRead(): void {
    if (this.isReadScheduled || !this.isReading) return;
    if (this.inbox.length === 0 && !this.hasInboxEnded) return;
    this.isReadScheduled = true;
    this.near.clock.defer(() => this.read());
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
    if (this.isPeerBlocked && this.unreadBytes < this.near.windowBytes) {
      this.isPeerBlocked = false;
      this.travel(() => this.peer.windowOpened());
    }
  }

  private pieceBytes(): number {
    const { random } = this.near;
    return random === undefined ? maxPieceBytes : 1 + random.integer(maxPieceBytes);
  }

  private windowOpened(): void {
    this.near.clock.defer(() => this.written(0));
  }

  private travel(task: () => void): void {
    this.near.travel(task);
  }
}
