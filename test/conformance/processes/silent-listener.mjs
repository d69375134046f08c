// A listener that nobody can connect to: its queue is full and its process is stopped, so the kernel drops what comes.
import { writeSync } from "node:fs";
import net from "node:net";

const server = net.createServer().listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
  const { port } = server.address();
  for (let count = 0; count < 8; count++) net.connect({ host: "127.0.0.1", port });
  // The connects happen in ticks of their own; the loop, which would accept them, does not turn before the stop.
  process.nextTick(() =>
    process.nextTick(() => {
      writeSync(1, `${port}\n`);
      process.kill(process.pid, "SIGSTOP");
    }),
  );
});
