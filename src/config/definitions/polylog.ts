import { list } from "../definition.ts";

/** What Kafka has no key for. */
export const polylogConfigs = {
  "polylog.http.listeners": list([], {
    importance: "medium",
    supported: true,
    documentation:
      "Where health checks and metrics are served over HTTP: `http://host:port`, separated by commas; empty: nowhere. There is no authentication, so keep it on the loopback interface or a private network.",
  }),
};
