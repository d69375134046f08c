import type { DiskWatch } from "../disk-watch.ts";
import type { Log } from "../log/log.ts";
import type { Cancel, Clock } from "../runtime.ts";

export interface StalledAppendsOptions {
  readonly clock: Clock;
  /** How long appends wait for a disk, in milliseconds, counted from the first one that waits. */
  readonly limitMs: number;
  /** How many bytes of waiting batches are kept in memory. */
  readonly maxBytes: number;
}

/** Appends that wait for disks that do not answer. A slow disk takes them in the end; a dead one holds them only for the time allowed. */
export class StalledAppends {
  private readonly clock: Clock;
  private readonly limitMs: number;
  private freeBytes: number;
  private readonly stalls = new Map<DiskWatch, Stall>();
  private isClosed = false;

  constructor({ clock, limitMs, maxBytes }: StalledAppendsOptions) {
    this.clock = clock;
    this.limitMs = limitMs;
    this.freeBytes = maxBytes;
  }

  /** Whether an append may wait, or go on waiting. {@link AppendHold.release} has to be called in the end. */
  hold(disk: DiskWatch, sizeBytes: number, held?: AppendHold): AppendHold | undefined {
    if (this.isClosed || this.stalls.get(disk)?.isOver === true) return undefined;
    const nowMs = this.clock.elapsed();
    // Nor may a disk that stalls again and again hold it for ever.
    if (held !== undefined) return nowMs - held.sinceMs < this.limitMs ? held : undefined;
    if (sizeBytes > this.freeBytes) return undefined;
    this.freeBytes -= sizeBytes;
    return {
      sinceMs: nowMs,
      release: () => {
        this.freeBytes += sizeBytes;
      },
    };
  }

  /** Calls back in a later turn: when the disk answers, or when the time allowed is over. */
  wait(disk: DiskWatch, again: () => void): void {
    const stall = this.stalls.get(disk) ?? this.begin(disk);
    stall.waiting.push(again);
  }

  /** Nobody is called back any more. */
  close(): void {
    this.isClosed = true;
    for (const stall of this.stalls.values()) stall.cancel();
    this.stalls.clear();
  }

  private begin(disk: DiskWatch): Stall {
    const cancel = this.clock.schedule(this.limitMs, () => {
      stall.isOver = true;
      resume(stall);
    });
    const stall: Stall = { waiting: [], isOver: false, cancel };
    this.stalls.set(disk, stall);
    void disk.answered().then(() => {
      if (this.isClosed) return;
      cancel();
      this.stalls.delete(disk);
      resume(stall);
    });
    return stall;
  }
}

/** What one append holds while it waits: its memory. */
export interface AppendHold {
  readonly sinceMs: number;
  release(): void;
}

interface Stall {
  readonly waiting: (() => void)[];
  /** The stall has lasted for so long that nothing waits for it any more. */
  isOver: boolean;
  readonly cancel: Cancel;
}

function resume({ waiting }: Stall): void {
  for (const again of waiting.splice(0)) again();
}

/** The disk that has not taken an append but may still; nothing has changed. */
export function stalledDiskOf(log: Log | null): DiskWatch | undefined {
  return log?.failure === undefined && log?.isStalled === true ? log.files.watched : undefined;
}
