import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerUnderTest } from "../clients/broker-under-test.ts";
import { startPolylog } from "../clients/polylog-server.ts";
import { startApacheKafka } from "./apache-kafka/target.ts";
import { CodecConnection } from "./side-by-side/codec-connection.ts";
import { configScenarios } from "./side-by-side/configs.ts";
import { overlook } from "./side-by-side/deviations.ts";
import { groupScenarios } from "./side-by-side/groups.ts";
import { Normaliser } from "./side-by-side/normalise.ts";
import { recompressionScenarios } from "./side-by-side/recompression.ts";
import { recordBodyScenarios } from "./side-by-side/record-bodies.ts";
import { recordScenarios } from "./side-by-side/records.ts";
import { type Scenario, Transcript } from "./side-by-side/scenario.ts";
import { topicScenarios } from "./side-by-side/topics.ts";
import { transactionScenarios } from "./side-by-side/transactions.ts";

const scenarios: readonly Scenario[] = [
  ...topicScenarios,
  ...configScenarios,
  ...recordScenarios,
  ...recordBodyScenarios,
  ...recompressionScenarios,
  ...transactionScenarios,
  ...groupScenarios,
];

describe("Polylog answers as Apache Kafka does", () => {
  let kafka: BrokerUnderTest;
  let polylog: BrokerUnderTest;
  beforeAll(async () => {
    [kafka, polylog] = await Promise.all([startApacheKafka(), startPolylog("node")]);
  }, 120_000);
  afterAll(() => Promise.all([kafka?.dispose(), polylog?.dispose()]));

  test.each(scenarios)("$name", { timeout: 60_000 }, async (scenario) => {
    const [expected, actual] = [await play(scenario, kafka), await play(scenario, polylog)];
    expect(actual.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
    for (const [index, { step, answer }] of expected.entries()) {
      expect.soft(overlook(step, answer, actual[index]!.answer), step).toEqual(answer);
    }
  });
});

async function play(scenario: Scenario, broker: BrokerUnderTest) {
  const connection = await CodecConnection.open(broker.host, broker.port);
  try {
    const transcript = new Transcript(connection);
    await scenario.run(transcript);
    const normaliser = new Normaliser([broker.port]);
    return transcript.entries.map(({ step, answer }) => ({ step, answer: normaliser.normalise(answer) }));
  } finally {
    connection.close();
  }
}
