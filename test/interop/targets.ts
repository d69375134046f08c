import type { Target } from "../clients/broker-under-test.ts";
import { polylogTargets } from "../clients/polylog-server.ts";
import { apacheKafka } from "./apache-kafka/target.ts";

/** Polylog on each runtime, and Apache Kafka as a control of the tests themselves. */
export const targets: readonly Target[] = [...polylogTargets, apacheKafka].filter(
  ({ name }) => process.env.POLYLOG_TEST_TARGETS?.split(",").includes(name) ?? true,
);
