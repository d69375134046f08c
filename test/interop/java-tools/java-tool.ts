import { join } from "node:path";
import { PATIENCE_MS } from "../../patience.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { type CommandResult, runCommand } from "../command.ts";

const tools = "org.apache.kafka.tools";

/** Apache Kafka's command line tools, by the names of the scripts that usually start them. */
export const mainClasses = {
  "broker-api-versions": `${tools}.BrokerApiVersionsCommand`,
  cluster: `${tools}.ClusterTool`,
  configs: "kafka.admin.ConfigCommand",
  "console-consumer": `${tools}.consumer.ConsoleConsumer`,
  "console-producer": `${tools}.ConsoleProducer`,
  "consumer-groups": `${tools}.consumer.group.ConsumerGroupCommand`,
  "consumer-perf-test": `${tools}.ConsumerPerformance`,
  "delete-records": `${tools}.DeleteRecordsCommand`,
  "dump-log": `${tools}.DumpLogSegments`,
  features: `${tools}.FeatureCommand`,
  "get-offsets": `${tools}.GetOffsetShell`,
  groups: `${tools}.GroupsCommand`,
  "leader-election": `${tools}.LeaderElectionCommand`,
  "log-dirs": `${tools}.LogDirsCommand`,
  "metadata-quorum": `${tools}.MetadataQuorumCommand`,
  "producer-perf-test": `${tools}.ProducerPerformance`,
  "reassign-partitions": `${tools}.reassign.ReassignPartitionsCommand`,
  "replica-verification": `${tools}.ReplicaVerificationTool`,
  topics: `${tools}.TopicCommand`,
  "verifiable-consumer": `${tools}.VerifiableConsumer`,
  "verifiable-producer": `${tools}.VerifiableProducer`,
} as const;

export type JavaTool = keyof typeof mainClasses;

/** Small and quick to start: these programs live for a second. */
export function javaToolOptions(): string[] {
  const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, "../apache-kafka/log4j2.xml")}`;
  const options = ["-Xmx256M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", logging, "-Dpolylog.interop.level=ERROR"];
  return [...options, "-cp", installApacheKafka().tools];
}

export function javaToolCommand(tool: JavaTool, args: readonly string[]): string[] {
  return ["java", ...javaToolOptions(), mainClasses[tool], ...args];
}

export function runJavaTool(tool: JavaTool, args: readonly string[], input?: string): Promise<CommandResult> {
  return runCommand(javaToolCommand(tool, args), { input, limitMs: 4 * PATIENCE_MS });
}
