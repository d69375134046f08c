import type { Runtime } from "../runtime.ts";
import { FrameAssembler, type FrameReceiver, InvalidFrameError } from "./frame-assembler.ts";
import { type FrameHolder, type FrameOwners, RequestFrame } from "./request-frame.ts";
import type { Admission } from "./request-memory.ts";

export interface IntakeEnvironment extends FrameOwners {
  readonly runtime: Runtime;
  readonly maxFrameBytes: number;
}

/** The connection that an intake belongs to. */
export interface IntakeOwner {
  /** Nothing more is to be read until {@link memoryFound}. */
  memoryAwaited(): void;
  /** Called in a turn of its own: {@link RequestIntake.readOn} then goes on with what was left over. */
  memoryFound(): void;
  requestReleased(): void;
}

/**
 * The requests of one connection, from the bytes as they arrive to the turn in which they start. Whole frames wait here. A frame
 * is not read while the other requests of the broker leave no memory for it.
 */
export class RequestIntake implements FrameReceiver, FrameHolder {
  private readonly environment: IntakeEnvironment;
  private readonly owner: IntakeOwner;
  private readonly assembler: FrameAssembler;
  private waiting: RequestFrame[] = [];
  private waitingHead = 0;
  private readMs = 0;
  /** What is left over of a read while the next request waits for memory, and its place in that line. */
  private unread: Uint8Array | undefined;
  private admission: Admission | undefined;
  private requestBytes = 0;
  private invalidInput: string | undefined;

  constructor(environment: IntakeEnvironment, owner: IntakeOwner) {
    this.environment = environment;
    this.owner = owner;
    this.assembler = new FrameAssembler(environment.maxFrameBytes, environment.framePool, this);
  }

  /** Why nothing more can be read; requests that arrived before are still answered. */
  get brokenInput(): string | undefined {
    return this.invalidInput;
  }

  /** Bytes of whole requests that are still needed, whether started or not. */
  get heldBytes(): number {
    return this.requestBytes;
  }

  get awaitsMemory(): boolean {
    return this.admission !== undefined;
  }

  get isEmpty(): boolean {
    return this.waitingHead === this.waiting.length;
  }

  /** The request whose turn it is. */
  get head(): RequestFrame | undefined {
    return this.waiting[this.waitingHead];
  }

  /** The head has started. */
  advance(): void {
    this.waitingHead++;
    if (this.waitingHead < this.waiting.length) return;
    this.waiting = [];
    this.waitingHead = 0;
  }

  read(chunk: Uint8Array, nowMs: number): void {
    this.readMs = nowMs;
    try {
      const takenBytes = this.assembler.push(chunk);
      // The adapter has lent the bytes for this turn only.
      if (this.admission !== undefined) this.unread = chunk.slice(takenBytes);
    } catch (error) {
      if (!(error instanceof InvalidFrameError)) throw error;
      this.invalidInput = error.message;
    }
  }

  readOn(nowMs: number): void {
    const unread = this.unread!;
    this.unread = undefined;
    this.read(unread, nowMs);
  }

  /** The peer is gone. Requests in progress keep their memory until they are done. */
  close(): void {
    const { requestMemory } = this.environment;
    if (this.admission === undefined) requestMemory.release(this.assembler.partialFrameBytes);
    else requestMemory.cancel(this.admission);
    for (const frame of this.waiting.slice(this.waitingHead)) frame.release(true);
    this.waiting = [];
    this.waitingHead = 0;
  }

  /** False when the frame has to wait for memory. */
  admitFrame(frameBytes: number): boolean {
    this.admission = this.environment.requestMemory.admit(frameBytes, () => {
      this.admission = undefined;
      this.environment.runtime.clock.defer(() => this.owner.memoryFound());
    });
    if (this.admission === undefined) return true;
    this.owner.memoryAwaited();
    return false;
  }

  frameReceived(payload: Uint8Array, buffer: Uint8Array): void {
    this.requestBytes += payload.length;
    this.waiting.push(new RequestFrame(payload, buffer, this.readMs, this.environment, this));
  }

  frameReleased(sizeBytes: number): void {
    this.requestBytes -= sizeBytes;
    this.owner.requestReleased();
  }
}
