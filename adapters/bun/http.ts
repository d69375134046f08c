import type { ListenHttp } from "../shared/serve-http.ts";

export const listenHttp: ListenHttp = async (handle, { host, port }) => {
  const server = Bun.serve({ fetch: handle, hostname: host, port });
  return { address: { host, port: server.port ?? port }, close: () => server.stop(true) };
};
