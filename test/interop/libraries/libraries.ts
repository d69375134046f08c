import { join } from "node:path";
import { installedConfluentJavascript, installedPython } from "../installed.ts";
import type { Library } from "./suite.ts";

const drivers = join(import.meta.dirname, "drivers");

export const confluentKafkaPython: Library = {
  name: "confluent-kafka (Python)",
  command: (bootstrap) => [installedPython(), join(drivers, "confluent_kafka_driver.py"), bootstrap],
  tooLarge: /MSG_SIZE_TOO_LARGE/,
};

export const kafkaPython: Library = {
  name: "kafka-python",
  command: (bootstrap) => [installedPython(), join(drivers, "kafka_python_driver.py"), bootstrap],
  tooLarge: /MessageSizeTooLarge|RecordTooLarge/,
};

export const confluentKafkaJavascript: Library = {
  name: "@confluentinc/kafka-javascript",
  command: (bootstrap) => {
    const { node, directory } = installedConfluentJavascript();
    return [node, join(drivers, "confluent-kafka-javascript-driver.mjs"), bootstrap, directory];
  },
  lacks: ["configs", "partitions", "repeated headers", "empty values"],
  tooLarge: /MSG_SIZE_TOO_LARGE|too large/i,
};

export const libraries = [confluentKafkaPython, kafkaPython, confluentKafkaJavascript];
