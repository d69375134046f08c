import type { Terminal } from "../../src/command/terminal.ts";

/** A terminal whose streams are texts, and whose user can ask to stop. */
export class MemoryTerminal implements Terminal {
  readonly environment: Terminal["environment"];
  readonly hostName = "box.example";
  readonly isErrorInteractive = false;
  readonly stopRequested: Promise<string>;
  output = "";
  errors = "";
  private readonly given: readonly Uint8Array[];
  private stopWith: (signal: string) => void = () => {};
  private readonly decoder = new TextDecoder();

  constructor(input = "", environment: Terminal["environment"] = {}) {
    this.given = input === "" ? [] : [new TextEncoder().encode(input)];
    this.environment = environment;
    this.stopRequested = new Promise((resolve) => {
      this.stopWith = resolve;
    });
  }

  async *input(): AsyncGenerator<Uint8Array> {
    yield* this.given;
  }

  async write(output: string | Uint8Array): Promise<void> {
    this.output += typeof output === "string" ? output : this.decoder.decode(output);
  }

  writeError(text: string): void {
    this.errors += text;
  }

  stop(signal: string): void {
    this.stopWith(signal);
  }
}
