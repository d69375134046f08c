import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { type KafkajsConsumer, KafkajsSession } from "../../clients/kafkajs/session.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { StreamsApp, StreamsProgram } from "./streams-app.ts";

const PARTITIONS = 3;
const USERS = 40;
const LINES_PER_ROUND = 1_500;
const VISITS_PER_ROUND = 200;
const START_MS = Date.now() - 600_000;
const LIMIT_MS = 3 * PATIENCE_MS;

let program: StreamsProgram;
beforeAll(() => {
  program = new StreamsProgram();
});
afterAll(() => program?.dispose());

for (const target of polylogTargets) {
  describe(`Kafka Streams with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    const scratch = mkdtempSync(join(tmpdir(), "polylog-streams-state-"));
    const apps = new Set<StreamsApp>();
    beforeAll(async () => {
      broker = await target.start({ "log.retention.check.interval.ms": "1000" });
    });
    afterEach(() => {
      for (const app of apps) app.kill();
      apps.clear();
    });
    afterAll(async () => {
      await broker?.dispose();
      rmSync(scratch, { recursive: true, force: true });
    });

    test("instances come, go and lose their stores, and every record is counted once", {
      timeout: 10 * LIMIT_MS,
    }, async () => {
      await using session = new KafkajsSession(broker.bootstrap);
      const application = uniqueName("words");
      const work = new Work(session, application);
      await work.createTopics();
      const start = (instance: string) => {
        const stateDirectory = join(scratch, application, instance);
        const options = { bootstrap: broker.bootstrap, application, stateDirectory, prefix: application };
        const app = new StreamsApp(program, options);
        apps.add(app);
        return app;
      };

      await work.produce();
      const first = start("first");
      await first.running();
      await work.isDone();

      const second = start("second");
      await second.running();
      await work.produce();
      await work.isDone();

      await first.close();
      rmSync(join(scratch, application, "first"), { recursive: true });
      await work.produce();
      await work.isDone();

      // From nothing but the changelogs.
      const again = start("first");
      await again.running();
      await second.close();
      await work.produce();
      await work.isDone();
      await again.close();

      const admin = await session.admin();
      const repartitioned = await admin.fetchTopicOffsets(`${application}-by-word-repartition`);
      expect(
        repartitioned.map(({ low }) => Number(low)).some((low) => low > 0),
        "what was read is purged",
      ).toBe(true);
    });
  });
}

/** What the application is given, and what it should make of it. */
class Work {
  private readonly session: KafkajsSession;
  private readonly prefix: string;
  private readonly counts = new Map<string, number>();
  private readonly perMinute = new Map<string, number>();
  private readonly visits: string[] = [];
  private readonly readers: KafkajsConsumer[] = [];
  private lines = 0;

  constructor(session: KafkajsSession, prefix: string) {
    this.session = session;
    this.prefix = prefix;
  }

  async createTopics(): Promise<void> {
    const admin = await this.session.admin();
    const topic = (name: string, configEntries: { name: string; value: string }[] = []) => ({
      topic: `${this.prefix}-${name}`,
      numPartitions: PARTITIONS,
      configEntries,
    });
    const compacted = [{ name: "cleanup.policy", value: "compact" }];
    const plain = ["lines", "visits", "counts", "per-minute", "visits-with-names"].map((name) => topic(name));
    await admin.createTopics({ topics: [topic("names", compacted), ...plain] });
    const producer = await this.session.producer();
    const messages = Array.from({ length: USERS }, (_, user) => ({
      key: `u${user}`,
      value: `user ${user}`,
      timestamp: String(START_MS - 1_000),
    }));
    await producer.send({ topic: `${this.prefix}-names`, messages });
    for (const output of ["counts", "per-minute", "visits-with-names"]) {
      const groupId = uniqueName("reader");
      this.readers.push(await this.session.consumer({ groupId }, `${this.prefix}-${output}`));
    }
  }

  /** One more round of input. */
  async produce(): Promise<void> {
    const producer = await this.session.producer();
    const lines = Array.from({ length: LINES_PER_ROUND }, () => this.nextLine());
    const visits = Array.from({ length: VISITS_PER_ROUND }, (_, index) => {
      const number = this.visits.length;
      // Some users have no name.
      const user = (number * 7) % (USERS + 5);
      this.visits.push(`${user < USERS ? `user ${user}` : "null"} saw page ${number}`);
      return { key: `u${user}`, value: `page ${number}`, timestamp: String(START_MS + index) };
    });
    await producer.send({ topic: `${this.prefix}-lines`, messages: lines });
    await producer.send({ topic: `${this.prefix}-visits`, messages: visits });
  }

  private nextLine() {
    const number = this.lines++;
    const timestamp = START_MS + number * 50;
    const minute = timestamp - (timestamp % 60_000);
    const words = [`w${number % 97}`, `w${(number * number) % 89}`, "every"];
    for (const word of words) {
      this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
      const window = `${word}@${minute}`;
      this.perMinute.set(window, (this.perMinute.get(window) ?? 0) + 1);
    }
    return { key: null, value: words.join(" "), timestamp: String(timestamp) };
  }

  /** What was written says what is right, and nothing else. */
  async isDone(): Promise<void> {
    const [counts, perMinute, visits] = this.readers as [KafkajsConsumer, KafkajsConsumer, KafkajsConsumer];
    await vi.waitFor(
      () => {
        expect(latest(counts)).toEqual(this.counts);
        expect(latest(perMinute)).toEqual(this.perMinute);
        expect(visits.received.map(({ value }) => value).sort()).toEqual([...this.visits].sort());
      },
      { timeout: LIMIT_MS, interval: 250 },
    );
  }
}

function latest({ received }: KafkajsConsumer): Map<string, number> {
  return new Map(received.map(({ key, value }) => [key!, Number(value)]));
}
