import { expect } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { CodecConnection } from "./codec-connection.ts";
import { overlook } from "./deviations.ts";
import { Normaliser } from "./normalise.ts";
import { type Entry, type Scenario, Transcript } from "./scenario.ts";

/** Plays a scenario against both, the same one or one that each has of its own, and compares what was answered. */
export async function expectSameAnswers(
  kafka: BrokerUnderTest,
  polylog: BrokerUnderTest,
  scenario: (broker: BrokerUnderTest) => Scenario,
): Promise<void> {
  expectSameEntries(await play(scenario(kafka), kafka), await play(scenario(polylog), polylog));
}

/** Both normalised. */
export function expectSameEntries(expected: readonly Entry[], actual: readonly Entry[]): void {
  expect(actual.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
  for (const [index, { step, answer }] of expected.entries()) {
    expect.soft(overlook(step, answer, actual[index]!.answer), step).toEqual(answer);
  }
}

async function play(scenario: Scenario, broker: BrokerUnderTest): Promise<Entry[]> {
  const connection = await CodecConnection.open(broker.host, broker.port);
  try {
    const transcript = new Transcript(connection);
    await scenario.run(transcript);
    return new Normaliser([broker.port]).normaliseAll(transcript.entries);
  } finally {
    connection.close();
  }
}
