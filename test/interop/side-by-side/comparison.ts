import { expect } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { CodecConnection } from "./codec-connection.ts";
import { overlook } from "./deviations.ts";
import { Normaliser } from "./normalise.ts";
import { type Scenario, Transcript } from "./scenario.ts";

/** Plays a scenario against both, the same one or one that each has of its own, and compares what was answered. */
export async function expectSameAnswers(
  kafka: BrokerUnderTest,
  polylog: BrokerUnderTest,
  scenario: (broker: BrokerUnderTest) => Scenario,
): Promise<void> {
  const [expected, actual] = [await play(scenario(kafka), kafka), await play(scenario(polylog), polylog)];
  expect(actual.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
  for (const [index, { step, answer }] of expected.entries()) {
    expect.soft(overlook(step, answer, actual[index]!.answer), step).toEqual(answer);
  }
}

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
