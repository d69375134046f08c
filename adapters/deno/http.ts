import type { ListenHttp } from "../shared/serve-http.ts";

/** As long as descriptors may be wanting. */
const againAfterMs = 500;

/** Deno's server ends with the first connection that it can't accept (EMFILE): then another one takes its place. */
export const listenHttp: ListenHttp = async (handle, { host, port }, log) => {
  let isClosed = false;
  // Without onListen it would announce itself on standard output.
  const serve = (onPort: number) => Deno.serve({ hostname: host, port: onPort, onListen() {} }, handle);
  let server = serve(port);
  const bound = server.addr.port;
  const serveAgain = (): void => {
    if (isClosed) return;
    try {
      server = serve(bound);
      server.finished.catch(hasFailed);
    } catch {
      setTimeout(serveAgain, againAfterMs);
    }
  };
  const hasFailed = (error: Error): void => {
    log.write("warn", `Accepting a connection for HTTP failed: ${error.message}`);
    setTimeout(serveAgain, againAfterMs);
  };
  server.finished.catch(hasFailed);
  return {
    address: { host, port: bound },
    async close() {
      isClosed = true;
      await server.shutdown();
    },
  };
};
