const barWidth = 24;

/** How far a bench has come: one line that changes on a terminal, a line for each step elsewhere. On standard error. */
export class Progress {
  private readonly total: number;
  private readonly startedMs = performance.now();
  private done = 0;

  constructor(total: number) {
    this.total = total;
  }

  step(what: string): void {
    const line = `${this.bar()} ${this.done}/${this.total} ${what}${this.timeLeft()}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    else console.error(`${this.done}/${this.total} ${what}`);
    this.done++;
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear();
    console.error(text);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }

  private bar(): string {
    const filled = Math.round((this.done / this.total) * barWidth);
    return `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}]`;
  }

  private timeLeft(): string {
    if (this.done < 5) return "";
    const leftMs = ((performance.now() - this.startedMs) / this.done) * (this.total - this.done);
    return leftMs < 90_000 ? `, ${Math.ceil(leftMs / 1_000)} s left` : `, ${Math.ceil(leftMs / 60_000)} min left`;
  }
}
