import type {
  Clock,
  Job,
  JobCall,
  JobOutcome,
  JobQueue,
  JobQueueOptions,
  JobTools,
  Workers,
} from "../../src/runtime.ts";

/** Every engine has it, and no type package that is loaded here. */
const { structuredClone } = globalThis as unknown as { structuredClone<T>(value: T): T };

/** Jobs run on the loop after all, each in a later turn than it was asked for, in the order of the calls. */
export class SimulatedWorkers implements Workers {
  readonly parallelism = 1;
  private readonly clock: Pick<Clock, "defer">;
  private readonly tools: JobTools;

  constructor(clock: Pick<Clock, "defer">, tools: JobTools) {
    this.clock = clock;
    this.tools = tools;
  }

  openQueue({ maxUnsettled }: JobQueueOptions): JobQueue {
    let unsettledCount = 0;
    let isClosed = false;
    return {
      isReady: true,
      start: () => {},
      run: (job, call, settled) => {
        if (isClosed || unsettledCount >= maxUnsettled) return false;
        unsettledCount++;
        this.clock.defer(() => {
          unsettledCount--;
          if (!isClosed) settled(this.outcomeOf(job, call));
        });
        return true;
      },
      close: () => {
        isClosed = true;
      },
    };
  }

  private outcomeOf<Input, Output>(job: Job<Input, Output>, { source, input }: JobCall<Input>): JobOutcome<Output> {
    try {
      // The data is copied, so that nothing passes that would not pass between threads.
      const { output, bytes } = job.run(source.slice(), structuredClone(input), this.tools);
      return { kind: "done", output: structuredClone(output), bytes: bytes === undefined ? undefined : bytes.slice() };
    } catch (error) {
      return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}
