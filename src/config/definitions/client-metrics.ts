import { int, list } from "../definition.ts";

/** A client metrics subscription: who is to send what, how often (KIP-714). */
export const clientMetricsConfigs = {
  "interval.ms": int(300_000, {
    importance: "medium",
    documentation: "How often a client sends its metrics, in milliseconds: 100 to 3600000.",
  }),
  match: list([], {
    importance: "medium",
    documentation: "The clients that are asked, as `attribute=pattern,...`; empty: all of them.",
  }),
  metrics: list([], {
    importance: "medium",
    documentation: "What the names of the metrics begin with; `*`: all of them.",
  }),
};
