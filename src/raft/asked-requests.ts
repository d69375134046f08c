import type { FileRange } from "../runtime.ts";
import type { RaftResponse } from "./raft-message.ts";

/** An answer to another replica, with the bytes that belong to it. */
export interface RaftAnswer {
  readonly response: RaftResponse;
  readonly bytes: FileRange | undefined;
}

/** Requests of other replicas that are not answered yet. */
export class AskedRequests {
  readonly #answers = new Map<number, (answer: RaftAnswer) => void>();
  #lastId = 0;

  /** The id under which it is answered. */
  add(answer: (answer: RaftAnswer) => void): number {
    this.#answers.set(++this.#lastId, answer);
    return this.#lastId;
  }

  /** `open` finds the bytes that the response promises; when it throws, nothing is answered yet. */
  reply(id: number, response: RaftResponse, open: (response: RaftResponse) => FileRange | undefined): void {
    const answer = this.#answers.get(id);
    if (answer === undefined) return;
    const bytes = open(response);
    this.#answers.delete(id);
    answer({ response, bytes });
    // What was passed on holds the file open by itself.
    if (response.type === "fetchSnapshot") bytes?.file.close();
  }
}
