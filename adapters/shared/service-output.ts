import type { OnWriteFailure } from "./descriptor-output.ts";
import { formatLine } from "./log-lines.ts";

interface Output {
  write(text: string): void;
}

/**
 * Where a service writes its log. When it can't, as the disk of the log is full or nobody reads it any more, the service goes
 * on: its clients need it more than the log does. How many lines are missing is said when one can be written again.
 */
export class ServiceOutput implements Output {
  private readonly output: Output;
  private lostLines = 0;
  private reason = "";

  constructor(open: (onFailure: OnWriteFailure) => Output) {
    this.output = open(({ code, message }) => {
      this.lostLines++;
      this.reason = code ?? message;
    });
  }

  write(line: string): void {
    const { lostLines } = this;
    this.output.write(lostLines === 0 ? line : this.reportOfLost() + line);
    if (this.lostLines === lostLines) this.lostLines = 0;
  }

  private reportOfLost(): string {
    const lines = this.lostLines === 1 ? "1 line" : `${this.lostLines} lines`;
    return formatLine(new Date(), "warn", `${lines} of the log could not be written here (${this.reason})`);
  }
}
