import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { LIMIT_MS } from "./clients.ts";

/** Asks the broker again and again for what it has in memory. */
export class Pings {
  private isEnded = false;
  private readonly slowestMs: Promise<number>;

  constructor(broker: BrokerUnderTest) {
    this.slowestMs = this.run(broker);
  }

  end(): Promise<number> {
    this.isEnded = true;
    return this.slowestMs;
  }

  private async run(broker: BrokerUnderTest): Promise<number> {
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    let slowestMs = 0;
    while (!this.isEnded) {
      const startMs = performance.now();
      await connection.metadata([]);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
    }
    connection.close();
    return slowestMs;
  }
}
