/** Topology of a streams group (KIP-1071). */
import { array, type Infer, int16, int32, message, string, struct } from "../schema.ts";

export const StreamsGroupTopologyKey = message(
  { name: "StreamsGroupTopologyKey", apiKey: 23, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type StreamsGroupTopologyKey = Infer<typeof StreamsGroupTopologyKey>;

const TopicConfig = struct({
  key: string,
  value: string,
});

const TopicInfo = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(TopicConfig),
});

export const StreamsGroupTopologyValue = message(
  { name: "StreamsGroupTopologyValue", apiKey: 23, validVersions: "0", flexibleVersions: "0+" },
  {
    epoch: int32,
    subtopologies: array({
      subtopologyId: string,
      sourceTopics: array(string),
      sourceTopicRegex: array(string),
      stateChangelogTopics: array(TopicInfo),
      repartitionSinkTopics: array(string),
      repartitionSourceTopics: array(TopicInfo),
      copartitionGroups: array({
        sourceTopics: array(int16),
        sourceTopicRegex: array(int16),
        repartitionSourceTopics: array(int16),
      }),
    }),
  },
);
export type StreamsGroupTopologyValue = Infer<typeof StreamsGroupTopologyValue>;
