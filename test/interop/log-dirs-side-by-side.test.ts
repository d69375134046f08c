import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type BrokerUnderTest, temporaryDirectory } from "../clients/broker-under-test.ts";
import { startPolylog } from "../clients/polylog-server.ts";
import { startApacheKafka } from "./apache-kafka/target.ts";
import { expectSameAnswers } from "./side-by-side/comparison.ts";
import { logDirScenarios } from "./side-by-side/log-dirs.ts";

const names = ["d1", "d2", "d3"] as const;

describe("Polylog with several log directories answers as Apache Kafka does", () => {
  const roots = { kafka: temporaryDirectory("sbs-dirs-kafka"), polylog: temporaryDirectory("sbs-dirs-polylog") };
  const directoriesIn = (root: string) => names.map((name) => join(root, name)) as [string, string, string];
  let kafka: BrokerUnderTest;
  let polylog: BrokerUnderTest;
  beforeAll(async () => {
    const settings = (root: string) => ({
      "log.dirs": directoriesIn(root).join(","),
      "metadata.log.dir": join(root, "metadata"),
      "log.segment.delete.delay.ms": "500",
    });
    [kafka, polylog] = await Promise.all([
      startApacheKafka(settings(roots.kafka)),
      startPolylog("node", settings(roots.polylog)),
    ]);
  }, 600_000);
  afterAll(async () => {
    await Promise.all([kafka?.dispose(), polylog?.dispose()]);
    for (const root of Object.values(roots)) rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });

  const scenarios = logDirScenarios(["", "", ""]).map(({ name }, index) => ({ name, index }));
  test.each(scenarios)("$name", { timeout: 600_000 }, async ({ index }) => {
    await expectSameAnswers(kafka, polylog, (broker) => {
      const root = broker === kafka ? roots.kafka : roots.polylog;
      return logDirScenarios(directoriesIn(root))[index]!;
    });
  });
});
