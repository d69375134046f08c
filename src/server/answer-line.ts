import type { Part } from "../runtime.ts";

/** A request in progress. */
export interface AnswerSlot {
  /** Undefined until answered; empty when nothing is to be sent. */
  answer: readonly Part[] | undefined;
  readonly barrier: boolean;
}

/** When the answers to one read reach this size, they are sent before the next request starts. */
const OUTBOX_BYTES = 256 * 1024;

const NO_PARTS: readonly Part[] = [];

/**
 * The requests of one connection that are in progress, in the order of arrival: answers come in any order and leave in this
 * one. Nothing joins behind a barrier that is not answered. Keeps the files of answers from being closed until they are taken.
 */
export class AnswerLine {
  private slots: AnswerSlot[] = [];
  private outbox: Part[] | undefined;
  private outboxBytes = 0;
  private barrierOpen = true;

  get count(): number {
    return this.slots.length;
  }

  /** True when the answers that are due have to be sent before the next request starts. */
  get isFull(): boolean {
    return this.outboxBytes >= OUTBOX_BYTES;
  }

  get mayBeJoined(): boolean {
    return this.barrierOpen && this.outboxBytes < OUTBOX_BYTES;
  }

  join(barrier: boolean): AnswerSlot {
    const slot: AnswerSlot = { answer: undefined, barrier };
    this.slots.push(slot);
    if (barrier) this.barrierOpen = false;
    return slot;
  }

  answer(slot: AnswerSlot, parts: readonly Part[]): void {
    // The answer may have to wait for those before it, and its segment may be deleted meanwhile.
    for (const part of parts) if (!(part instanceof Uint8Array)) part.file.retain();
    slot.answer = parts;
    if (slot.barrier) this.barrierOpen = true;
  }

  /** Moves the answers at the head of the line to those that are due. */
  collect(): void {
    let count = 0;
    for (; count < this.slots.length; count++) {
      const answer = this.slots[count]!.answer;
      if (answer === undefined) break;
      this.outbox ??= [];
      for (const part of answer) {
        this.outbox.push(part);
        this.outboxBytes += part.length;
      }
    }
    if (count > 0) this.slots.splice(0, count);
  }

  /** Everything that is due. The caller has to call {@link releaseFiles} for it. */
  take(): readonly Part[] {
    const parts = this.outbox ?? NO_PARTS;
    this.outbox = undefined;
    this.outboxBytes = 0;
    return parts;
  }

  /** The connection is closed: drops all answers. */
  close(): void {
    for (const { answer } of this.slots) if (answer !== undefined) releaseFiles(answer);
    this.slots = [];
    releaseFiles(this.take());
  }
}

export function releaseFiles(parts: readonly Part[]): void {
  for (const part of parts) if (!(part instanceof Uint8Array)) part.file.release();
}
