// Sessions that live on heartbeats. A line `<id> <timeoutMs>`, on any connection, begins a session or keeps it alive.
import { createRuntime } from "#adapter";
import type { Cancel } from "../../../src/runtime.ts";

const { clock, network } = createRuntime();
const cancels = new Map<string, Cancel>();

function beat(line: string): void {
  const [id, timeoutMs] = line.split(" ");
  cancels.get(id!)?.();
  cancels.set(
    id!,
    clock.schedule(Number(timeoutMs), () => console.log(`expired ${id}`)),
  );
  console.log(`beat ${id}`);
}

const listener = await network.listen({ host: "127.0.0.1", port: 0 }, {}, () => {
  let text = "";
  return {
    received(chunk) {
      const lines = (text + new TextDecoder().decode(chunk)).split("\n");
      text = lines.pop()!;
      for (const line of lines) beat(line);
    },
    drained() {},
    ended() {},
    closed() {},
  };
});
console.log(listener.address.port);
