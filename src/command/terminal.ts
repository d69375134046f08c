import type { Environment } from "../config/environment.ts";

/** What a command has of the process it runs in. */
export interface Terminal {
  readonly environment: Environment;
  /** The machine's own name. */
  readonly hostName: string;
  /** Standard input to its end. */
  input(): AsyncIterable<Uint8Array>;
  /** Resolves when the output has room for more. */
  write(output: string | Uint8Array): Promise<void>;
  writeError(text: string): void;
  /** Somebody watches standard error, so progress can be shown there. */
  readonly isErrorInteractive: boolean;
  /** Resolves with the name of the signal when the process is asked to stop. */
  readonly stopRequested: Promise<string>;
}
