import type { Cancel, Clock } from "../runtime.ts";
import type { Terminal } from "./terminal.ts";

const INTERVAL_MS = 500;
const BAR_WIDTH = 24;
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
    this.clear();
  }

  /** Makes room for other output; the line comes back when it changes next. */
  clear(): void {
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

/** `[#####.....] 48 % of 12.3 GB, 410 MB/s, 15 s left` */
export function progressBar(done: number, total: number, elapsedMs: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const marks = Math.floor(part * BAR_WIDTH);
  const bytesPerMs = elapsedMs > 0 ? done / elapsedMs : 0;
  const left = bytesPerMs > 0 ? `, ${Math.ceil((total - done) / bytesPerMs / 1000)} s left` : "";
  const bar = "#".repeat(marks) + ".".repeat(BAR_WIDTH - marks);
  return `[${bar}] ${Math.floor(part * 100)} % of ${readableBytes(total)}, ${readableBytes(bytesPerMs * 1000)}/s${left}`;
}

/** `1.5 MB`: three digits or so, in powers of ten. */
export function readableBytes(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = sizeBytes;
  let unit = 0;
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
