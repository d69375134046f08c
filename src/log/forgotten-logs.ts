/**
 * Logs that are gone and that the checkpoints on the disk may still have, by name. After a kill these would tell a new log of
 * the name where its namesake began, and how far it was on the disk: it would lose records, or not be recovered.
 */
export class ForgottenLogs {
  readonly #writing = new Map<string, Promise<void>>();

  /** `written` resolves when no checkpoint has the log any more. */
  add(name: string, written: Promise<void>): void {
    this.#writing.set(name, written);
    const done = () => {
      if (this.#writing.get(name) === written) this.#writing.delete(name);
    };
    written.then(done, done);
  }

  /** Undefined when nothing has to be waited for. Never rejects: a failure is told by whoever writes. */
  until(name: string): Promise<void> | undefined {
    return this.#writing.get(name)?.catch(() => {});
  }
}
