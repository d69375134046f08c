/**
 * How long a test waits for what must come, on a machine that is slow and has other things to do. It decides nothing but how
 * long a test takes that fails anyway; where a time is promised, a test has a limit of its own and says whose promise it is.
 */
export const PATIENCE_MS = 60_000;

/** For vi.waitFor and expect.poll, whose own patience is a second. */
export const soon = { timeout: PATIENCE_MS, interval: 20 };
