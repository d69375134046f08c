import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";
import { cpuSeconds, residentMegabytes } from "../process-figures.ts";

const limitMs = 60_000;
const rounds = 5;
const atOnce = 100;

/** What so many connections cost a broker, and what a request on each of them does. */
export async function connectionGrowth(broker: BrokerUnderTest, count: number): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  const residentBefore = residentMegabytes(broker.pid);
  const connections: WireConnection[] = [];
  let cpuBefore = cpuSeconds(broker.pid);
  while (connections.length < count) {
    const opening = Array.from({ length: Math.min(atOnce, count - connections.length) }, () =>
      WireConnection.open(broker.host, broker.port, limitMs),
    );
    connections.push(...(await Promise.all(opening)));
  }
  await Promise.all(connections.map((connection) => connection.metadata([])));
  figures.set("opened, and one request: broker CPU us each", ((cpuSeconds(broker.pid) - cpuBefore) * 1e6) / count);
  figures.set("resident, KB each", ((residentMegabytes(broker.pid) - residentBefore) * 1_024) / count);
  cpuBefore = cpuSeconds(broker.pid);
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    await Promise.all(connections.map((connection) => connection.metadata([])));
  }
  const requests = count * rounds;
  figures.set("a request on each: broker CPU us", ((cpuSeconds(broker.pid) - cpuBefore) * 1e6) / requests);
  figures.set("a request on each: us", ((performance.now() - startedMs) * 1_000) / requests);
  for (const connection of connections) connection.close();
  return figures;
}
