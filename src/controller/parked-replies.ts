/** Answers that wait until what they tell is committed, in the order of their records. */
export class ParkedReplies {
  #parked: ParkedReply[] = [];

  /** Exactly one of `answer` and `fail` is called, once. */
  park(endOffset: number, answer: () => void, fail: (errorCode: number) => void): void {
    this.#parked.push({ endOffset, answer, fail });
  }

  commit(endOffset: number): void {
    let count = 0;
    while (count < this.#parked.length && this.#parked[count]!.endOffset <= endOffset) count++;
    const committed = this.#parked.slice(0, count);
    this.#parked = this.#parked.slice(count);
    for (const { answer } of committed) answer();
  }

  failAll(errorCode: number): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const { fail } of parked) fail(errorCode);
  }
}

interface ParkedReply {
  readonly endOffset: number;
  readonly answer: () => void;
  readonly fail: (errorCode: number) => void;
}
