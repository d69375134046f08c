import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { DiskWatch } from "../../src/disk-watch.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import { type LinedAppend, type QueuedAppend, RequestAppends } from "../../src/replica/request-appends.ts";
import { StalledAppends } from "../../src/replica/stalled-appends.ts";

/** A batch of which the test says when it has been checked. */
export class TestAppend implements LinedAppend {
  readonly line: AppendLine;
  readonly sizeBytes = 1;
  readonly stalledDisk = undefined;
  awaitsCheck: boolean;
  queued: QueuedAppend | undefined;
  private readonly performed: () => void;

  constructor(line: AppendLine, performed: () => void = () => {}, awaitsCheck = false) {
    this.line = line;
    this.performed = performed;
    this.awaitsCheck = awaitsCheck;
  }

  append(): DiskWatch | undefined {
    this.performed();
    return undefined;
  }

  checked(): void {
    this.awaitsCheck = false;
    this.queued!.checked();
  }
}

const { clock } = createSimulatedRuntime({ seed: 1 });

/** They join the lines as those of one request of a connection. */
export function joinLines(appends: readonly TestAppend[], connectionLine = new AppendLine(), done = () => {}): void {
  const stalled = new StalledAppends({ clock, limitMs: 0, maxBytes: 0 });
  new RequestAppends(stalled, connectionLine, appends, done).join();
}
