import type { Clock } from "../runtime.ts";

/** Long work that pauses at each `yield`, so that its caller decides whether anything else runs in between. */
export type Slices<T> = Generator<void, T, void>;

export async function runInSlices<T>(work: Slices<T>, clock: Clock): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await new Promise<void>((resolve) => clock.defer(resolve));
  }
}

/** Without a pause, whatever it tells at each. */
export function runAtOnce<T>(work: Generator<unknown, T, void>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
