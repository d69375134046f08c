import * as z from "zod/mini";
import type { LogLevel, LogSink } from "../../src/runtime.ts";

/** How a broker inside this process is to be; everything can be left out. */
export interface EmbeddedBrokerOptions {
  /** Where clients connect. Default: 9092; 0 picks a free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Where the data stays. Left out, the broker keeps everything in memory and forgets it when it is closed. */
  readonly dataDirectory?: string;
  /** Settings by Kafka's names, as in `server.properties`. */
  readonly config?: Readonly<Record<string, string>>;
  /** The id that a new data directory gets, a random one when left out; a directory of another one is refused. */
  readonly clusterId?: string;
  /** What is less severe is not logged. Default: warn on standard error, everything to a `log` that is given. */
  readonly logLevel?: LogLevel;
  /** Takes the log lines instead of standard error. */
  readonly log?: LogSink;
}

const text = z.string("must be a text").check(z.minLength(1, "must not be empty"));
const portRange = "must be a whole number from 0 to 65535";
const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const schema = z.strictObject({
  port: z.optional(z.int(portRange).check(z.minimum(0, portRange), z.maximum(65_535, portRange))),
  host: z.optional(text),
  dataDirectory: z.optional(text),
  config: z.optional(z.record(z.string(), z.string("must be a text, as in server.properties"))),
  clusterId: z.optional(text),
  logLevel: z.optional(z.enum(levels, `must be one of ${levels.join(", ")}`)),
  log: z.optional(
    z.custom<LogSink>(
      (value) => typeof (value as Partial<LogSink> | null)?.write === "function",
      "needs a write method",
    ),
  ),
});

/** Embedding is for JavaScript too, where no compiler looks. Throws a TypeError that names every option that is wrong. */
export function checkEmbeddedOptions(options: EmbeddedBrokerOptions): EmbeddedBrokerOptions {
  const result = schema.safeParse(options);
  if (result.success) return options;
  const problems = result.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `there is no option ${issue.keys.join(", ")}`
      : `${issue.path.join(".")} ${issue.message}`,
  );
  throw new TypeError(`startBroker: ${problems.join("; ")}`);
}
