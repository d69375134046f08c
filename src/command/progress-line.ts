import type { Cancel, Clock } from "../runtime.ts";
import type { Terminal } from "./terminal.ts";

const INTERVAL_MS = 500;
const CLEAR_LINE = "\r\u001b[K";

/** One line on standard error that keeps changing while work goes on; nothing when nobody watches. */
export class ProgressLine {
  private readonly clock: Clock;
  private readonly terminal: Terminal;
  private readonly text: (elapsedMs: number) => string;
  private readonly startedMs: number;
  private cancel: Cancel = () => {};
  private isShown = false;

  constructor(clock: Clock, terminal: Terminal, text: (elapsedMs: number) => string) {
    this.clock = clock;
    this.terminal = terminal;
    this.text = text;
    this.startedMs = clock.elapsed();
    if (terminal.isErrorInteractive) this.schedule();
  }

  stop(): void {
    this.cancel();
    if (this.isShown) this.terminal.writeError(CLEAR_LINE);
    this.isShown = false;
  }

  private schedule(): void {
    this.cancel = this.clock.schedule(INTERVAL_MS, () => {
      this.terminal.writeError(`${CLEAR_LINE}${this.text(this.clock.elapsed() - this.startedMs)}`);
      this.isShown = true;
      this.schedule();
    });
  }
}

/** `12,345 records, 4.1 MB, 24,690 records/s` */
export function progressText(what: string, records: number, sizeBytes: number, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? Math.round((records * 1000) / elapsedMs) : 0;
  return `${what} ${grouped(records)} records, ${(sizeBytes / 1e6).toFixed(1)} MB, ${grouped(perSecond)} records/s`;
}

function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
