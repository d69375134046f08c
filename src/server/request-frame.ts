import type { FramePool } from "./frame-pool.ts";
import type { RequestMemory } from "./request-memory.ts";

/** What holds the memory of requests of all connections. */
export interface FrameOwners {
  readonly framePool: FramePool;
  readonly requestMemory: RequestMemory;
}

/** Who holds a request. */
export interface FrameHolder {
  frameReleased(sizeBytes: number): void;
}

/** The bytes of one request, from their arrival until nobody needs them any more. */
export class RequestFrame {
  readonly payload: Uint8Array;
  /** Monotonic milliseconds at which it was complete. */
  readonly receivedMs: number;
  private readonly buffer: Uint8Array;
  private readonly owners: FrameOwners;
  private readonly holder: FrameHolder;
  private isReleased = false;

  constructor(payload: Uint8Array, buffer: Uint8Array, receivedMs: number, owners: FrameOwners, holder: FrameHolder) {
    this.payload = payload;
    this.buffer = buffer;
    this.receivedMs = receivedMs;
    this.owners = owners;
    this.holder = holder;
  }

  /** Idempotent. The bytes are used again only when nothing refers to them. */
  release(isUnreferenced: boolean): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (isUnreferenced) this.owners.framePool.give(this.buffer);
    this.owners.requestMemory.release(this.payload.length);
    this.holder.frameReleased(this.payload.length);
  }
}
