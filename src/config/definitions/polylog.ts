import { boolean, list, oneOf, string } from "../definition.ts";

/** What Kafka has no key for. */
export const polylogConfigs = {
  "polylog.http.listeners": list([], {
    importance: "medium",
    supported: true,
    documentation:
      "Where health checks and metrics are served over HTTP: `http://host:port`, separated by commas; empty: nowhere. There is no authentication, so keep it on the loopback interface or a private network.",
  }),
  "polylog.fast.failover": boolean(true, {
    importance: "medium",
    supported: true,
    documentation:
      "Whether a controller notices at once that the process of a broker, or of the active controller, is gone: its connection has broken, and its system refuses two new ones. Otherwise, and for whoever does not answer at all, sessions and timeouts have to run out.",
  }),
  "polylog.zero.copy": string("auto", {
    importance: "low",
    allowed: oneOf("auto", "on", "off"),
    supported: true,
    documentation:
      "How records get from the log to consumers. `auto`: by sendfile(2), without passing through the broker's memory, where that is possible (plain text connections on Linux), else by copying; the log says which at the start, and why. `on`: it is an error if it is not possible. `off`: always by copying.",
  }),
};
