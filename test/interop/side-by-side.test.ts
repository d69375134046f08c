import { afterAll, beforeAll, describe, test } from "vitest";
import type { BrokerUnderTest } from "../clients/broker-under-test.ts";
import { startPolylog } from "../clients/polylog-server.ts";
import { startApacheKafka } from "./apache-kafka/target.ts";
import { aclScenarios } from "./side-by-side/acls.ts";
import { brokerConfigScenarios } from "./side-by-side/broker-configs.ts";
import { expectSameAnswers } from "./side-by-side/comparison.ts";
import { configScenarios } from "./side-by-side/configs.ts";
import { everyVersionScenarios } from "./side-by-side/every-version.ts";
import { exactTimeScenarios } from "./side-by-side/exact-times.ts";
import { fetchScenarios } from "./side-by-side/fetch.ts";
import { fetchSessionScenarios } from "./side-by-side/fetch-sessions.ts";
import { groupScenarios } from "./side-by-side/groups.ts";
import { hastyRequestScenarios } from "./side-by-side/hasty-requests.ts";
import { memberScenarios } from "./side-by-side/members.ts";
import { offsetScenarios } from "./side-by-side/offsets.ts";
import { produceScenarios } from "./side-by-side/produce.ts";
import { producerIdScenarios } from "./side-by-side/producer-ids.ts";
import { quorumScenarios } from "./side-by-side/quorum.ts";
import { recompressionScenarios } from "./side-by-side/recompression.ts";
import { recordBodyScenarios } from "./side-by-side/record-bodies.ts";
import { requestOrderScenarios } from "./side-by-side/request-order.ts";
import type { Scenario } from "./side-by-side/scenario.ts";
import { senselessRequestScenarios } from "./side-by-side/senseless-requests.ts";
import { topicScenarios } from "./side-by-side/topics.ts";
import { transactionScenarios } from "./side-by-side/transactions.ts";
import { unusualGroupRequestScenarios } from "./side-by-side/unusual-group-requests.ts";
import { unusualRecordRequestScenarios } from "./side-by-side/unusual-record-requests.ts";
import { unusualTopicRequestScenarios } from "./side-by-side/unusual-topic-requests.ts";

const scenarios: readonly Scenario[] = [
  ...topicScenarios,
  ...configScenarios,
  ...brokerConfigScenarios,
  ...produceScenarios,
  ...producerIdScenarios,
  ...fetchScenarios,
  ...fetchSessionScenarios,
  ...offsetScenarios,
  ...exactTimeScenarios,
  ...recordBodyScenarios,
  ...recompressionScenarios,
  ...transactionScenarios,
  ...groupScenarios,
  ...memberScenarios,
  ...unusualGroupRequestScenarios,
  ...unusualRecordRequestScenarios,
  ...unusualTopicRequestScenarios,
  ...hastyRequestScenarios,
  ...senselessRequestScenarios,
  ...requestOrderScenarios,
  ...aclScenarios,
  ...quorumScenarios,
  ...everyVersionScenarios,
];

describe("Polylog answers as Apache Kafka does", () => {
  let kafka: BrokerUnderTest;
  let polylog: BrokerUnderTest;
  beforeAll(async () => {
    [kafka, polylog] = await Promise.all([startApacheKafka(), startPolylog("node")]);
  });
  afterAll(() => Promise.all([kafka?.dispose(), polylog?.dispose()]));

  test.each(scenarios)("$name", async (scenario) => {
    await expectSameAnswers(kafka, polylog, () => scenario);
  });
});
