import { DescribeConfigsRequest, DescribeConfigsResponse } from "../../../src/protocol/messages/describe-configs.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { applied } from "./applied.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const BROKER = 4;

/** What the two are started with differs here. Beside them Polylog has some of its own. */
const OWN_SETTINGS = new Set([
  "listeners",
  "advertised.listeners",
  "controller.quorum.bootstrap.servers",
  "log.dirs",
  "transaction.state.log.replication.factor",
  "transaction.state.log.min.isr",
  "share.coordinator.state.topic.replication.factor",
  "share.coordinator.state.topic.min.isr",
  "inter.broker.listener.name",
  "listener.security.protocol.map",
  "process.roles",
  "node.id",
  "broker.id",
]);

async function describeAll(transcript: Transcript, step: string, version: number, resourceName: string): Promise<void> {
  const { results } = await transcript.connection.call(DescribeConfigsRequest, DescribeConfigsResponse, version, {
    resources: [{ resourceType: BROKER, resourceName, configurationKeys: null }],
    includeSynonyms: true,
  });
  for (const { name, ...told } of results[0]!.configs.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!OWN_SETTINGS.has(name) && !name.startsWith("polylog."))
      transcript.note(`${name} ${step} (DescribeConfigs v${version})`, told);
  }
}

export const brokerConfigScenarios: Scenario[] = [
  {
    name: "every setting of a broker is described alike",
    async run(transcript) {
      const set = (resourceName: string, configs: [string, number, string | null][]) =>
        transcript.ask(`set for "${resourceName}"`, IncrementalAlterConfigsRequest, 1, {
          resources: [
            {
              resourceType: BROKER,
              resourceName,
              configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
            },
          ],
          validateOnly: false,
        });
      for (const version of versionsOf(DescribeConfigsRequest)) await describeAll(transcript, "at first", version, "1");
      await set("", [
        ["log.retention.ms", 0, "60000000"],
        ["log.cleaner.threads", 0, "2"],
        ["sasl.kerberos.principal.to.local.rules", 0, "DEFAULT"],
        ["ssl.keystore.password", 0, "secret"],
      ]);
      await set("1", [
        ["log.retention.ms", 0, "70000000"],
        ["listener.name.plaintext.max.connections", 0, "1000"],
        ["listener.name.other.ssl.keystore.password", 0, "secret"],
        ["no.such.setting", 0, "x"],
      ]);
      await set("1", [["log.retention.ms", 0, "70000000"]]);
      await set("1", [["listener.name.plaintext.max.connections", 0, "1000"]]);
      await applied(transcript.connection);
      await describeAll(transcript, "set", 4, "1");
      await describeAll(transcript, "set for all", 4, "");
      await set("", [
        ["log.retention.ms", 1, null],
        ["log.cleaner.threads", 1, null],
        ["sasl.kerberos.principal.to.local.rules", 1, null],
        ["ssl.keystore.password", 1, null],
      ]);
      await set("1", [
        ["log.retention.ms", 1, null],
        ["listener.name.plaintext.max.connections", 1, null],
        ["listener.name.other.ssl.keystore.password", 1, null],
        ["no.such.setting", 1, null],
      ]);
      await applied(transcript.connection);
    },
  },
];
