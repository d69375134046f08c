import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, test } from "vitest";
import { BrokerUnderTest, freePorts, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { loopbackSettings, serverCommands } from "../../clients/polylog-server.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { javaOptions } from "../apache-kafka/target.ts";
import { COMMON_FEATURES } from "../cluster/launcher.ts";

/** One data directory and one set of ports, and both brokers that can be started on them, one at a time. */
interface SharedDirectory {
  readonly directory: string;
  readonly properties: string;
  readonly polylog: BrokerUnderTest;
  readonly apache: BrokerUnderTest;
}

let shared: SharedDirectory | undefined;

afterEach(async () => {
  await shared?.apache.dispose();
  await shared?.polylog.dispose();
  shared = undefined;
});

async function shareDirectory(quorum: "dynamic" | "static"): Promise<SharedDirectory> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const directory = temporaryDirectory("shared-directory");
  const properties = join(directory, "server.properties");
  const { "controller.quorum.bootstrap.servers": servers, ...settings } = loopbackSettings(port, controllerPort);
  const all = {
    ...settings,
    ...(quorum === "static"
      ? { "controller.quorum.voters": `1@127.0.0.1:${controllerPort}` }
      : { "controller.quorum.bootstrap.servers": servers! }),
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(directory, "data"),
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  writeFileSync(properties, `${lines.join("\n")}\n`);
  const [program, ...args] = serverCommands.node as [string, ...string[]];
  const java = [...javaOptions("-Xmx512M"), "-cp", installApacheKafka().broker];
  shared = {
    directory,
    properties,
    polylog: new BrokerUnderTest("polylog", port, directory, { program, args: [...args, properties] }),
    apache: new BrokerUnderTest("apache-kafka", port, directory, {
      program: "java",
      args: [...java, "kafka.Kafka", properties],
    }),
  };
  return shared;
}

async function withClient<T>(broker: BrokerUnderTest, use: (kafka: Kafka) => Promise<T>): Promise<T> {
  return use(new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 20 } }));
}

async function createTopic(broker: BrokerUnderTest, topic: string): Promise<void> {
  await withClient(broker, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [{ name: "max.message.bytes", value: "700000" }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }], waitForLeaders: true });
    await admin.disconnect();
  });
}

async function produce(broker: BrokerUnderTest, topic: string, prefix: string): Promise<void> {
  await withClient(broker, async (kafka) => {
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: 30 }, (_, index) => ({ value: `${prefix}${index}`, partition: index % 3 }));
    await producer.send({ topic, messages });
    await producer.disconnect();
  });
}

/** A broker that has just started may answer before it leads all its partitions. */
async function untilLed<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 600 || (error as { type?: string }).type !== "NOT_LEADER_FOR_PARTITION") throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Name, partitions and own settings of every topic of a test, and the values in it. */
async function contentOf(broker: BrokerUnderTest, group: string, topics: readonly string[]) {
  return withClient(broker, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [...topics] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: 2, name, configNames: ["max.message.bytes"] })),
    });
    let count = 0;
    for (const topic of topics) {
      for (const { high, low } of await untilLed(() => admin.fetchTopicOffsets(topic))) {
        count += Number(high) - Number(low);
      }
    }
    await admin.disconnect();
    const values: string[] = [];
    const consumer = kafka.consumer({ groupId: group });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(message.value!.toString());
            if (values.length === count) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return {
      partitions: described.map((topic) => `${topic.name} ${topic.partitions.length}`).sort(),
      settings: resources.map(({ configEntries }) => configEntries[0]!.configValue),
      values: values.sort(),
    };
  });
}

describe.each(["dynamic", "static"] as const)("the data directory of a node with a %s quorum", (quorum) => {
  test("goes from Polylog to Apache Kafka and back, after a stop and after a kill", async () => {
    const { polylog, apache } = await shareDirectory(quorum);
    await polylog.start();
    await createTopic(polylog, "first");
    await produce(polylog, "first", "polylog-");
    const written = await contentOf(polylog, "a", ["first"]);
    expect(written).toMatchObject({ partitions: ["first 3"], settings: ["700000"] });
    expect(written.values).toHaveLength(30);
    await polylog.stop();

    await apache.start();
    expect(await contentOf(apache, "b", ["first"])).toEqual(written);
    await createTopic(apache, "second");
    await produce(apache, "second", "apache-");
    await produce(apache, "first", "apache-too-");
    const both = await contentOf(apache, "c", ["first", "second"]);
    expect(both.values).toHaveLength(90);
    await apache.stop();

    await polylog.start();
    expect(await contentOf(polylog, "d", ["first", "second"])).toEqual(both);
    if (quorum === "static") return;
    await polylog.kill();

    await apache.start();
    expect(await contentOf(apache, "e", ["first", "second"])).toEqual(both);
    await apache.stop();
  }, 900_000);
});

describe("a directory formatted by Apache Kafka", () => {
  function format(properties: string, ...levels: string[]): void {
    const java = [...javaOptions("-Xmx256M"), "-cp", installApacheKafka().broker, "kafka.tools.StorageTool"];
    const options = ["--cluster-id", "Tf1r4dXSQJqF9sJ5cN0iLw", "--standalone", "--config", properties];
    const { status, stderr, stdout } = spawnSync(
      "java",
      [...java, "format", ...options, ...levels.flatMap((level) => ["--feature", level])],
      { encoding: "utf8", timeout: 180_000 },
    );
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  }

  test("is Polylog's to start from", async () => {
    const { polylog, properties } = await shareDirectory("dynamic");
    format(properties, ...COMMON_FEATURES);
    await polylog.start();
    await createTopic(polylog, "first");
    await produce(polylog, "first", "v");
    expect((await contentOf(polylog, "a", ["first"])).values).toHaveLength(30);
  });

  test("is refused, by name of the feature, when it has finalized one that is not built", async () => {
    const { polylog, properties } = await shareDirectory("dynamic");
    const others = COMMON_FEATURES.filter((level) => !level.startsWith("transaction.version="));
    format(properties, ...others, "transaction.version=2");
    await expect(polylog.start()).rejects.toThrow(/transaction\.version/);
  });
});
