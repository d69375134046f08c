import type { Broker } from "../../src/broker.ts";
import { VERSION } from "../../src/client/software.ts";
import { addressText } from "../../src/config/address-text.ts";
import type { Config } from "../../src/config/config.ts";
import { httpListeners } from "../../src/config/http-listeners.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { Address, LogSink, Runtime } from "../../src/runtime.ts";

/**
 * Serves one application on one address by what the runtime has for it. Rejects when the address is taken; of what goes wrong
 * later the log is told.
 */
export type ListenHttp = (
  handle: (request: Request) => Response | Promise<Response>,
  address: Address,
  log: LogSink,
) => Promise<HttpServer>;

export interface HttpServer {
  /** With the port really bound. */
  readonly address: Address;
  close(): Promise<void>;
}

/** Health and metrics on `polylog.http.listeners`; resolves with what stops it. */
export async function serveHttp(
  listenHttp: ListenHttp,
  runtime: Runtime,
  broker: Broker,
  config: Config,
): Promise<() => Promise<void>> {
  const app = createHttpApp({ broker, runtime, version: VERSION, startedMs: runtime.clock.elapsed() });
  const servers: HttpServer[] = [];
  const closeAll = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  for (const address of httpListeners(config)) {
    try {
      servers.push(await listenHttp((request) => app.fetch(request), address, runtime.log));
    } catch (error) {
      await closeAll();
      const { code, message } = error as { code?: string; message: string };
      const reason = code === "EADDRINUSE" ? "another process listens there already" : message;
      const where = `http://${addressText(address)}`;
      throw new Error(`polylog.http.listeners: can't listen on ${where}: ${reason}`);
    }
  }
  for (const { address } of servers) {
    runtime.log.write("info", `Health and metrics on http://${addressText(address)}/metrics`);
  }
  return closeAll;
}
