import { type Launcher, launchPolylog } from "../../clients/cluster/cluster-node.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { loggingOption } from "../apache-kafka/target.ts";

export const APACHE_KAFKA = "apache-kafka";

/** Nodes of Apache Kafka beside those of Polylog, on the same properties and data directories. */
export const launchAny: Launcher = (software, properties) => {
  if (software !== APACHE_KAFKA) return launchPolylog(software, properties);
  // Three of them start at once on a machine that does other things: quickly compiled, they start in a third of the time.
  const options = ["-Xmx384M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", loggingOption];
  const args = [...options, "-cp", installApacheKafka().broker, "kafka.Kafka", properties];
  return { program: "java", args, startLimitMs: 300_000 };
};

/** What both can work at; transactions, share and streams groups have to be off, and groups are the classic ones. */
export const COMMON_FEATURES = [
  "group.version=0",
  "transaction.version=0",
  "share.version=0",
  "streams.version=0",
] as const;
