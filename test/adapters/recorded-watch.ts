import type { DiskWatchEvents } from "../../src/disk-watch.ts";

/** Keeps what a watched disk tells, as text, in its order. */
export class RecordedWatch implements DiskWatchEvents {
  readonly events: string[] = [];

  readonly stalled = () => void this.events.push("stalled");
  readonly answered = () => void this.events.push("answered");
  readonly failed = (error: Error) => void this.events.push(`failed: ${error.message}`);
  readonly unwatched = (reason: string) => void this.events.push(`unwatched: ${reason}`);
}
