import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Clock } from "../../runtime.ts";

/** A block is asked for anew when this part of the present one is used up. */
const PREFETCH_THRESHOLD = 0.9;
const RETRY_BACKOFF_MS = 50;

export interface ProducerIdPoolOptions {
  readonly clock: Pick<Clock, "elapsed">;
  /** Asks the controller for a block of ids (AllocateProducerIds). `done` is called once, with an error code or a block. */
  readonly requestBlock: (done: (errorCode: number, firstProducerId: number, count: number) => void) => void;
}

type Done = (errorCode: number, producerId: number) => void;

/**
 * Producer ids of this broker, each given out once. They come from the controller in blocks (KIP-730); the next block is
 * fetched before the present one runs out. A request that finds none waits for the block on its way, and is told
 * COORDINATOR_LOAD_IN_PROGRESS, which every client retries, when that does not come.
 */
export class ProducerIdPool {
  private readonly options: ProducerIdPoolOptions;
  private nextId = 0;
  private endId = 0;
  private prefetchAtId = -1;
  private nextBlock: { readonly firstId: number; readonly count: number } | undefined = undefined;
  private isRequesting = false;
  private retryAtMs = Number.NEGATIVE_INFINITY;
  private waiting: Done[] = [];

  constructor(options: ProducerIdPoolOptions) {
    this.options = options;
  }

  allocate(done: Done): void {
    if (this.nextId === this.endId) this.takeNextBlock();
    if (this.nextId < this.endId) {
      const producerId = this.nextId++;
      if (producerId >= this.prefetchAtId) this.maybeRequestBlock();
      done(ErrorCode.NONE, producerId);
      return;
    }
    if (!this.isRequesting && this.options.clock.elapsed() < this.retryAtMs) {
      done(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, -1);
      return;
    }
    this.waiting.push(done);
    this.maybeRequestBlock();
  }

  private maybeRequestBlock(): void {
    if (this.isRequesting || this.nextBlock !== undefined || this.options.clock.elapsed() < this.retryAtMs) return;
    this.isRequesting = true;
    this.options.requestBlock((errorCode, firstProducerId, count) => {
      this.isRequesting = false;
      // A block that does not lie above the present one would give out ids twice.
      if (errorCode === ErrorCode.NONE && count > 0 && firstProducerId >= this.endId) {
        this.nextBlock = { firstId: firstProducerId, count };
        this.retryAtMs = Number.NEGATIVE_INFINITY;
      } else this.retryAtMs = this.options.clock.elapsed() + RETRY_BACKOFF_MS;
      const waiting = this.waiting;
      this.waiting = [];
      for (const done of waiting) this.allocate(done);
    });
  }

  private takeNextBlock(): void {
    if (this.nextBlock === undefined) return;
    this.nextId = this.nextBlock.firstId;
    this.endId = this.nextBlock.firstId + this.nextBlock.count;
    this.prefetchAtId = this.nextBlock.firstId + Math.floor(this.nextBlock.count * PREFETCH_THRESHOLD);
    this.nextBlock = undefined;
  }
}
