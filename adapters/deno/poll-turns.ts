import { setImmediate } from "node:timers";

/** Above the sixty-one turns after which Deno's scheduler polls however busy it is. */
const turnsUpToPoll = 64;

/** Going round costs a third of opening a connection: a start that needs it once or twice is sooner without. */
const roundsBeforeOpening = 2;

/**
 * Runs tasks when the sockets have been polled once more. With immediates waiting Deno goes round some sixty times before
 * it polls, and a timer that fell due meanwhile runs without a poll too; but the answer to a byte that it sends to itself
 * can only come out of a poll, together with all else that has arrived.
 */
export class PollTurns {
  /** Those that wait for the byte that is on its way, and those that came later. */
  private current: (() => void)[] = [];
  private next: (() => void)[] = [];
  private isUnderWay = false;
  private ends: { readonly near: Deno.TcpConn; readonly far: Deno.TcpConn } | undefined;
  private isOpening = false;
  private rounds = 0;
  private readonly byte = new Uint8Array(1);
  private readonly answer = new Uint8Array(2);

  run(task: () => void): void {
    this.next.push(task);
    if (!this.isUnderWay) this.begin();
  }

  private begin(): void {
    this.isUnderWay = true;
    this.current = this.next;
    this.next = [];
    const { ends } = this;
    if (ends === undefined) {
      if (++this.rounds > roundsBeforeOpening && !this.isOpening) void this.open();
      // Until it is open, and for good where the network is not allowed.
      this.goRound(turnsUpToPoll);
      return;
    }
    const failed = (): void => {
      close(ends.near, ends.far);
      this.ends = undefined;
      this.polled();
    };
    // The read first: it finds nothing, so that it must wait for the poll.
    ends.far.read(this.answer).then(() => this.polled(), failed);
    ends.near.write(this.byte).catch(() => {});
  }

  private goRound(turns: number): void {
    if (turns === 0) this.polled();
    else setImmediate(() => this.goRound(turns - 1));
  }

  private polled(): void {
    // What else the same poll has found may be handed out behind this, but in front of an immediate.
    for (const task of this.current) setImmediate(task);
    this.current = [];
    this.isUnderWay = false;
    if (this.next.length > 0) this.begin();
  }

  private async open(): Promise<void> {
    this.isOpening = true;
    let listener: Deno.TcpListener | undefined;
    let near: Deno.TcpConn | undefined;
    let far: Deno.TcpConn | undefined;
    try {
      listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const connecting = Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
      near = await connecting;
      far = await listener.accept();
      near.setNoDelay(true);
      // Another process could have been faster to connect.
      if (far.remoteAddr.port === near.localAddr.port) this.ends = { near, far };
    } catch {
      // Not allowed.
    } finally {
      listener?.close();
      if (this.ends === undefined) close(near, far);
    }
  }
}

function close(...ends: (Deno.TcpConn | undefined)[]): void {
  for (const end of ends) {
    try {
      end?.close();
    } catch {
      // Closed already.
    }
  }
}
