import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { ListenHttp } from "../shared/serve-http.ts";

export const listenHttp: ListenHttp = (handle, { host, port }, log) =>
  new Promise((resolve, reject) => {
    const server = serve({ fetch: handle, hostname: host, port }, (info: AddressInfo) => {
      server.off("error", reject);
      // An accept that fails (EMFILE) would end the process.
      server.on("error", (error) => log.write("warn", `Accepting a connection for HTTP failed: ${error.message}`));
      resolve({
        address: { host, port: info.port },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      });
    });
    server.once("error", reject);
  });
