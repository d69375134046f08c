/** A forwarded port, as a host or a container engine has it: FROM_HOST FROM_PORT TO_HOST TO_PORT. */
import { connect, createServer } from "node:net";

const [, , fromHost, fromPort, toHost, toPort] = process.argv as string[];

createServer((client) => {
  const broker = connect(Number(toPort), toHost!);
  client.pipe(broker).pipe(client);
  client.on("error", () => broker.destroy());
  broker.on("error", () => client.destroy());
}).listen(Number(fromPort), fromHost, () => console.log("ready"));
