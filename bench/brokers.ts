import { setTimeout as delay } from "node:timers/promises";
import type { BrokerUnderTest, Target } from "../test/clients/broker-under-test.ts";
import { cpuSeconds } from "./process-figures.ts";

const quietIntervalMs = 250;
const quietShare = 0.04;
const quietLimitMs = 20_000;

/** The brokers of a bench: one of each kind runs all the time, one more is started and stopped. */
export class Brokers {
  private readonly running = new Map<Target, BrokerUnderTest>();
  private readonly stopped = new Map<Target, BrokerUnderTest>();

  async get(target: Target, needs: "running" | "stopped"): Promise<BrokerUnderTest> {
    const brokers = needs === "running" ? this.running : this.stopped;
    const known = brokers.get(target);
    if (known !== undefined) return known;
    const broker = await target.start();
    brokers.set(target, broker);
    if (needs === "stopped") await broker.stop();
    return broker;
  }

  /** Resolves when no broker has anything to do any more: what one cleans up is not to be the other's loss. */
  async quiet(): Promise<void> {
    const deadlineMs = performance.now() + quietLimitMs;
    const used = () => [...this.running.values()].reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
    for (let before = used(); performance.now() < deadlineMs; ) {
      await delay(quietIntervalMs);
      const now = used();
      if (now - before <= (quietShare * quietIntervalMs * Math.max(1, this.running.size)) / 1_000) return;
      before = now;
    }
  }

  /** A broker that failed is of no more use. */
  async drop(target: Target): Promise<void> {
    for (const brokers of [this.running, this.stopped]) {
      await brokers.get(target)?.dispose();
      brokers.delete(target);
    }
  }

  async dispose(): Promise<void> {
    for (const target of new Set([...this.running.keys(), ...this.stopped.keys()])) await this.drop(target);
  }
}
