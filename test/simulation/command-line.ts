import { parseArgs } from "node:util";

export interface SimulateOptions {
  readonly firstSeed: number;
  readonly seedCount: number;
  readonly hours: number;
  /** No seed is begun later than so long after the start. */
  readonly seconds: number;
  readonly processes: number;
  /** Of so many seeds one is replayed. */
  readonly replayEvery: number;
  readonly isVerbose: boolean;
  /** Nothing is told of a seed that does not fail. */
  readonly isQuiet: boolean;
}

/** With the start and the end, which take half a minute at least, as long as a seed has to be to count. */
const DEFAULT_HOURS = "0.161";

export const usage = `Usage: npm run simulate -- [--seed N] [--seeds COUNT] [--hours H] [--replay] [--verbose]

Simulates clusters of real nodes, with clients and faults, and judges what was seen. A seed decides everything: how many
nodes there are, what strikes them when, how long every message takes.

  --seed N          the first seed (default 1)
  --seeds COUNT     how many seeds (default 1)
  --hours H         simulated hours under faults of each seed (default ${DEFAULT_HOURS})
  --seconds S       begin no seed, and no replay, later than S seconds after the start, or after SIGTERM
  --processes P     how many seeds are simulated at a time (default 1)
  --replay          simulate each seed again, when all are through: both runs must have the same hash
  --replay-every K  simulate every Kth seed again
  --quiet           print failures and totals only
  --verbose         print faults as they strike, and the nodes' last log lines behind a failure

A failure prints the command that replays it. The last line is "N passed, N failed"; the exit code is 0 when nothing failed.`;

/** Undefined when only the usage is wanted. Throws on arguments that make no sense. */
export function parseSimulateOptions(args: readonly string[]): SimulateOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      seed: { type: "string", default: "1" },
      seeds: { type: "string", default: "1" },
      hours: { type: "string", default: DEFAULT_HOURS },
      seconds: { type: "string" },
      processes: { type: "string", default: "1" },
      replay: { type: "boolean", default: false },
      "replay-every": { type: "string" },
      quiet: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const never = Number.POSITIVE_INFINITY;
  const { seconds, "replay-every": replayEvery } = values;
  return {
    firstSeed: wholeNumber("--seed", values.seed),
    seedCount: wholeNumber("--seeds", values.seeds),
    hours: positive("--hours", values.hours),
    seconds: seconds === undefined ? never : positive("--seconds", seconds),
    processes: wholeNumber("--processes", values.processes),
    replayEvery: values.replay ? 1 : replayEvery === undefined ? never : wholeNumber("--replay-every", replayEvery),
    isVerbose: values.verbose,
    isQuiet: values.quiet,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = positive(name, text);
  if (!Number.isInteger(value) || value >= 2 ** 32)
    throw new Error(`${name} must be a whole number below 2^32: ${text}`);
  return value;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0: ${text}`);
  return value;
}
