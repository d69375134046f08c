import type { ListenHttp } from "../shared/serve-http.ts";

export const listenHttp: ListenHttp = async (handle, { host, port }) => {
  // Without onListen it would announce itself on standard output.
  const server = Deno.serve({ hostname: host, port, onListen() {} }, handle);
  return { address: { host, port: server.addr.port }, close: () => server.shutdown() };
};
