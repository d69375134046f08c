import type { Infer, Input, Message } from "../../../src/protocol/schema.ts";
import type { CodecConnection } from "./codec-connection.ts";

export interface Entry {
  readonly step: string;
  answer: unknown;
}

/** Asks a broker and keeps what it answered; run once against each broker, the transcripts are compared. */
export class Transcript {
  readonly entries: Entry[];
  readonly connection: CodecConnection;

  /** With the entries of another one, what several brokers answer is kept in one row. */
  constructor(connection: CodecConnection, entries: Entry[] = []) {
    this.connection = connection;
    this.entries = entries;
  }

  async ask<Request extends Message>(step: string, request: Request, version: number, value: Input<Request>) {
    const answer = await this.connection.ask(request, version, value);
    this.entries.push({ step: `${step} (${request.name} v${version})`, answer });
    return answer;
  }

  /** {@link ask}, typed by the response that is expected. */
  async call<Request extends Message, Response extends Message>(
    step: string,
    request: Request,
    _response: Response,
    version: number,
    value: Input<Request>,
  ): Promise<Infer<Response>> {
    return (await this.ask(step, request, version, value)) as Infer<Response>;
  }

  note(step: string, answer: unknown): void {
    this.entries.push({ step, answer });
  }

  /** Keeps a place for the answer, which may come after those to later steps. */
  place(step: string): (answer: unknown) => void {
    const entry: Entry = { step, answer: undefined };
    this.entries.push(entry);
    return (answer) => {
      entry.answer = answer;
    };
  }
}

export interface Scenario {
  readonly name: string;
  run(transcript: Transcript): Promise<void>;
}

/** Every version that a schema has. */
export function versionsOf(message: Message): number[] {
  const { lowest, highest } = message.validVersions;
  return Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
