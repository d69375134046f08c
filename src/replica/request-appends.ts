import type { DiskWatch } from "../disk-watch.ts";
import { type AppendLine, type Turn, takeTurns } from "./append-line.ts";
import type { AppendHold, StalledAppends } from "./stalled-appends.ts";

/** One batch of a request. */
export interface LinedAppend {
  /** The line of its partition. */
  readonly line: AppendLine;
  readonly sizeBytes: number;
  /** True while another thread checks the batch; {@link QueuedAppend.checked} is called when that is done. */
  readonly awaitsCheck: boolean;
  queued: QueuedAppend | undefined;
  /** Held while its disk does not answer. */
  readonly stalledDisk: DiskWatch | undefined;
  /** Appends the batch, or records why that failed; does not throw. Returns the disk if it has not taken the batch: try again later. */
  append(): DiskWatch | undefined;
}

/**
 * The batches of a request that cannot all be appended at once. They begin when the request is at the head of the line of its
 * connection. Then each batch waits for those before it in the line of its own partition, and for no other.
 */
export class RequestAppends {
  readonly stalled: StalledAppends;
  private readonly connectionLine: AppendLine;
  private readonly appends: readonly LinedAppend[];
  private readonly done: () => void;
  private unfinishedCount: number;

  /** `done` does not throw. */
  constructor(stalled: StalledAppends, connectionLine: AppendLine, appends: readonly LinedAppend[], done: () => void) {
    this.stalled = stalled;
    this.connectionLine = connectionLine;
    this.appends = appends;
    this.done = done;
    this.unfinishedCount = appends.length;
    for (const append of appends) append.queued = new QueuedAppend(this, append);
  }

  join(): void {
    for (const turn of this.connectionLine.join(() => this.begin())) takeTurns(turn);
  }

  /** A disk keeps one of the batches waiting: no further requests of the connection are to be started. */
  stalls(): void {
    this.connectionLine.isStalled = true;
  }

  finishedOne(): readonly Turn[] {
    if (--this.unfinishedCount > 0) return [];
    this.done();
    return this.connectionLine.leave();
  }

  private begin(): readonly Turn[] {
    return this.appends.flatMap((append) => append.queued!.begin());
  }
}

/** One of the batches, in the line of its partition. */
export class QueuedAppend {
  private readonly request: RequestAppends;
  private readonly append: LinedAppend;
  private hasTurn = false;
  private held: AppendHold | undefined;

  constructor(request: RequestAppends, append: LinedAppend) {
    this.request = request;
    this.append = append;
  }

  begin(): readonly Turn[] {
    const { line, stalledDisk, awaitsCheck } = this.append;
    // A batch behind one that waits for a disk takes memory too.
    const isRefused = stalledDisk !== undefined && !line.isEmpty && !awaitsCheck && !this.mayWaitFor(stalledDisk);
    if (!isRefused) return line.join(this.turn);
    this.append.append();
    return this.request.finishedOne();
  }

  checked(): void {
    if (this.hasTurn) takeTurns(this.turn);
  }

  private readonly turn: Turn = () => {
    this.hasTurn = true;
    if (this.append.awaitsCheck) return [];
    const disk = this.append.append();
    if (disk !== undefined && this.mayWaitFor(disk)) {
      this.request.stalled.wait(disk, () => takeTurns(this.turn));
      return [];
    }
    this.held?.release();
    return [...this.append.line.leave(), ...this.request.finishedOne()];
  };

  private mayWaitFor(disk: DiskWatch): boolean {
    const held = this.request.stalled.hold(disk, this.append.sizeBytes, this.held);
    if (held === undefined) return false;
    this.held = held;
    this.request.stalls();
    return true;
  }
}
