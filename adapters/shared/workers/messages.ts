/** What a pool sends to its threads and what they answer: plain data and memory that both share. */
export interface JobRequest {
  readonly id: number;
  readonly job: string;
  readonly input: unknown;
  /** Where the source lies: in the memory of this slot, from this byte on. */
  readonly slot: number;
  readonly sourceStart: number;
  readonly sourceBytes: number;
  /** New memory for the slot. Sent when it changes only: on some runtimes that costs more than a small job. */
  readonly memory?: SharedArrayBuffer;
}

/** From now on the thread makes the calls that are put into this memory. */
export interface CallsRequest {
  readonly calls: SharedArrayBuffer;
}

export type ThreadRequest = JobRequest | CallsRequest;

export type JobAnswer =
  | { readonly kind: "ready" }
  /** Of itself: how it does what it is asked for. */
  | { readonly kind: "told"; readonly text: string }
  | { readonly kind: "done"; readonly id: number; readonly output: unknown; readonly bytes?: Uint8Array }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorText };

/** Errors of a class of their own arrive as plain ones elsewhere. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}
