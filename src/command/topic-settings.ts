import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient } from "../client/cluster-client.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ConfigSource } from "../protocol/config-source.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../protocol/messages/describe-configs.ts";

export type TopicSetting = DescribeConfigsResponse["results"][number]["configs"][number];

/** By topic, all that hold for it, or those of the given keys; a topic that there is not is left out. */
export async function topicSettings(
  client: ClusterClient,
  topics: readonly string[],
  keys: readonly string[] | null = null,
): Promise<ReadonlyMap<string, readonly TopicSetting[]>> {
  if (topics.length === 0) return new Map();
  const resources = topics.map((name) => ({
    resourceType: ConfigResourceType.TOPIC,
    resourceName: name,
    configurationKeys: keys === null ? null : [...keys],
  }));
  const answer = await client.request(DescribeConfigsRequest, DescribeConfigsResponse, { resources });
  const found = answer.results.filter(({ errorCode }) => errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  return new Map(
    found.map(({ resourceName, errorCode, errorMessage, configs }) => {
      if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode, errorMessage);
      return [resourceName, configs];
    }),
  );
}

/** Whether it was made for the topic itself. */
export function isOwn({ configSource }: TopicSetting): boolean {
  return configSource === ConfigSource.TOPIC_CONFIG;
}

/** Where a setting comes from. */
export function sourceName({ configSource }: TopicSetting): string {
  return SOURCES.get(configSource) ?? "-";
}

const SOURCES: ReadonlyMap<number, string> = new Map<number, string>([
  [ConfigSource.TOPIC_CONFIG, "topic"],
  [ConfigSource.DYNAMIC_BROKER_CONFIG, "broker"],
  [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, "all brokers"],
  [ConfigSource.STATIC_BROKER_CONFIG, "server.properties"],
  [ConfigSource.DEFAULT_CONFIG, "default"],
]);
