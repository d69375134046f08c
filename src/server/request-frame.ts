import type { FramePool } from "./frame-pool.ts";
import type { RequestMemory } from "./request-memory.ts";

/** What accounts for the memory of the requests of all connections. */
export interface FrameOwners {
  readonly framePool: FramePool;
  readonly requestMemory: RequestMemory;
}

/** The holder of a request: the intake of its connection. */
export interface FrameHolder {
  frameReleased(sizeBytes: number): void;
}

/** The bytes of one request, from their arrival until nobody needs them any more. */
export class RequestFrame {
  readonly payload: Uint8Array;
  /** Monotonic milliseconds at which the frame was complete. */
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

  /** Idempotent. The buffer is reused only when nothing refers to its bytes any more. */
  release(isUnreferenced: boolean): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (isUnreferenced) this.owners.framePool.give(this.buffer);
    this.owners.requestMemory.release(this.payload.length);
    this.holder.frameReleased(this.payload.length);
  }
}
