import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { TestBroker } from "./test-broker.ts";

/** What is to be read without waiting is on the disk only, until that answers. */
export class ColdDisk {
  isCold = true;
  /** Reads that would have had to wait. */
  asked = 0;
  private readonly arrivals: (() => void)[] = [];

  readonly withoutWaiting = (action: () => void): Promise<void> | undefined => {
    if (!this.isCold) {
      action();
      return undefined;
    }
    this.asked++;
    return new Promise((resolve) => this.arrivals.push(resolve));
  };

  /** What has been asked for is in memory. */
  async answer(): Promise<void> {
    for (const arrived of this.arrivals.splice(0)) arrived();
    await Promise.resolve();
    await Promise.resolve();
  }
}

export async function brokerOnColdDisk(): Promise<{ broker: TestBroker; disk: ColdDisk }> {
  const disk = new ColdDisk();
  const runtime = createSimulatedRuntime({ seed: 1 });
  Object.assign(runtime.files, { withoutWaiting: disk.withoutWaiting });
  const broker = await TestBroker.start({ runtime });
  broker.createTopic("t");
  broker.createTopic("u");
  return { broker, disk };
}
