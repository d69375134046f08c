import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerApis } from "../../src/api/index.ts";
import { MESSAGES } from "../../src/protocol/messages/index.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { advertisedApis } from "../../src/server/api-table.ts";
import type { BrokerUnderTest } from "../clients/broker-under-test.ts";
import { startPolylog } from "../clients/polylog-server.ts";
import { SeededRandom } from "../protocol/instances.ts";
import { startApacheKafka } from "./apache-kafka/target.ts";
import { damages } from "./boundaries/damage.ts";
import { decodeAnswer } from "./boundaries/frame-asker.ts";
import { mutationsOf } from "./boundaries/mutations.ts";
import { Side } from "./boundaries/side.ts";
import { overlook } from "./side-by-side/deviations.ts";
import { sleep } from "./side-by-side/scenario.ts";

/** A changed byte can make these wait, be answered by nothing, or take the broker out of its cluster. */
const UNDAMAGED = new Set([
  "Produce",
  "JoinGroup",
  "InitProducerId",
  "WriteTxnMarkers",
  "AddRaftVoter",
  "RemoveRaftVoter",
  "UnregisterBroker",
  "UnregisterController",
]);
/** Whose answers depend on what is asked, and not on what was asked before or on the broker itself. */
const COMPARED = new Set([
  "ListOffsets",
  "OffsetCommit",
  "Heartbeat",
  "LeaveGroup",
  "SyncGroup",
  "DescribeGroups",
  "SaslHandshake",
  "SaslAuthenticate",
  "CreateTopics",
  "DeleteTopics",
  "OffsetForLeaderEpoch",
  "DescribeAcls",
  "CreateAcls",
  "DeleteAcls",
  "AlterReplicaLogDirs",
  "CreatePartitions",
  "DeleteGroups",
  "AlterPartitionReassignments",
  "ListPartitionReassignments",
  "OffsetDelete",
  "DescribeProducers",
]);
const CHANGED_BYTES = 20;
/** Each broker applies changes of the metadata when it comes to it. */
const ATTEMPTS = 6;

interface Api {
  readonly name: string;
  readonly request: Message;
  readonly versions: readonly number[];
}

const apis: Api[] = advertisedApis(brokerApis).map(({ apiKey, name, lowest, highest }) => ({
  name,
  request: MESSAGES.get(apiKey)!.request,
  versions: Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index),
}));

describe("Polylog and Apache Kafka", () => {
  let brokers: BrokerUnderTest[] = [];
  let kafka: Side;
  let polylog: Side;
  beforeAll(async () => {
    brokers = await Promise.all([startApacheKafka(), startPolylog("node")]);
    [kafka, polylog] = (await Promise.all(brokers.map((broker) => Side.prepare(broker)))) as [Side, Side];
  });
  afterAll(async () => {
    for (const side of [kafka, polylog]) side?.asker.close();
    await Promise.all(brokers.map((broker) => broker.dispose()));
  });

  const damaged = apis.filter(({ name }) => !UNDAMAGED.has(name));
  test.each(damaged)("take the same broken frames of $name for requests", async ({ request, versions }) => {
    for (const version of versions) {
      const whole = kafka.frameOf(request, version, kafka.sample(request, version));
      for (const { what, frame } of damages(whole, new SeededRandom(version), CHANGED_BYTES)) {
        const answers = await Promise.all([kafka, polylog].map(({ asker }) => asker.ask(frame)));
        const [expected, actual] = answers.map((answer) => (answer === "closed" ? "closed" : "answered"));
        expect.soft(actual, `version ${version} ${what}`).toBe(expected);
      }
    }
  });

  const compared = apis.filter(({ name }) => COMPARED.has(name));
  test.each(compared)("answer $name alike with each value at its edges", async ({ request, versions }) => {
    for (const version of versions) {
      const sides = [kafka, polylog];
      const mutations = sides.map((side) => mutationsOf(request, version, side.sample(request, version)));
      for (const [index, { what }] of mutations[0]!.entries()) {
        const ask = async (): Promise<unknown[]> => {
          const frames = sides.map((side, at) => side.frameOf(request, version, mutations[at]![index]!.value));
          const answers = await Promise.all(sides.map((side, at) => side.asker.ask(frames[at]!)));
          return answers.map((answer, at) =>
            answer === "closed" ? answer : sides[at]!.normalised(decodeAnswer(answer, request.apiKey!, version)),
          );
        };
        let [expected, actual] = await ask();
        for (let count = 1; count < ATTEMPTS && !alike(expected, actual); count++) {
          await sleep(100 * count);
          [expected, actual] = await ask();
        }
        expect.soft(overlook(what, expected, actual), `version ${version} with ${what}`).toEqual(expected);
      }
    }
  });
});

function alike(expected: unknown, actual: unknown): boolean {
  try {
    expect(overlook("", expected, actual)).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
