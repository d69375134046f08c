/** Succeeds when the broker of this container is ready: what the image's HEALTHCHECK runs. */
import process from "node:process";

const listener = process.env.KAFKA_POLYLOG_HTTP_LISTENERS?.split(",")[0] ?? "";
const [, host, port] = /^http:\/\/(.*):(\d+)\/?$/.exec(listener) ?? [];
// Somebody has turned HTTP off, so there is nothing to ask.
if (port === undefined) process.exit(0);
const isWildcard = host === "" || host === "0.0.0.0" || host === "[::]";
const ready = await fetch(`http://${isWildcard ? "127.0.0.1" : host}:${port}/readyz`).catch(() => undefined);
process.exit(ready?.ok ? 0 : 1);
