import type { Runtime } from "../runtime.ts";
import { FrameAssembler, type FrameReceiver, InvalidFrameError } from "./frame-assembler.ts";
import { type FrameHolder, type FrameOwners, RequestFrame } from "./request-frame.ts";
import type { Admission } from "./request-memory.ts";

export interface IntakeEnvironment extends FrameOwners {
  readonly runtime: Runtime;
  readonly maxFrameBytes: number;
}

/** Who reads from an intake. */
export interface IntakeOwner {
  /** Nothing more is to be read until {@link memoryFound}. */
  memoryAwaited(): void;
  /** In a turn of its own: {@link RequestIntake.readOn} takes up what was left. */
  memoryFound(): void;
  requestReleased(): void;
}

/**
 * The requests of one connection from the bytes as they arrive to the turn in which they start: whole frames wait here, and
 * a frame for which all the requests of the broker have left no memory is not read.
 */
export class RequestIntake implements FrameReceiver, FrameHolder {
  private readonly environment: IntakeEnvironment;
  private readonly owner: IntakeOwner;
  private readonly assembler: FrameAssembler;
  private waiting: RequestFrame[] = [];
  private waitingHead = 0;
  private readMs = 0;
  /** What of a read is left over, and in which place it waits, while the next request finds no memory. */
  private unread: Uint8Array | undefined;
  private admission: Admission | undefined;
  private requestBytes = 0;
  private invalidInput: string | undefined;

  constructor(environment: IntakeEnvironment, owner: IntakeOwner) {
    this.environment = environment;
    this.owner = owner;
    this.assembler = new FrameAssembler(environment.maxFrameBytes, environment.framePool, this);
  }

  /** Why nothing more can be read; what arrived before is still to be answered. */
  get brokenInput(): string | undefined {
    return this.invalidInput;
  }

  /** Of requests that are whole and whose bytes are needed, started or not. */
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
