import net from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { listenHttp } from "../../adapters/node/http.ts";
import { MemoryLog } from "../../adapters/simulator/index.ts";

test.skipIf("Bun" in globalThis || "Deno" in globalThis)(
  "an accept that fails ends neither process nor server",
  async () => {
    const listen = vi.spyOn(net.Server.prototype, "listen");
    onTestFinished(() => listen.mockRestore());
    const log = new MemoryLog();
    const server = await listenHttp(() => new Response("served"), { host: "127.0.0.1", port: 0 }, log);
    const [listening] = listen.mock.contexts as net.Server[];
    listening!.emit("error", new Error("accept EMFILE"));
    expect(log.lines).toEqual([{ level: "warn", line: "Accepting a connection for HTTP failed: accept EMFILE" }]);
    expect(await (await fetch(`http://127.0.0.1:${server.address.port}/`)).text()).toBe("served");
    await server.close();
  },
);
