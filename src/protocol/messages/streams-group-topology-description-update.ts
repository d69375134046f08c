/**
 * StreamsGroupTopologyDescriptionUpdate (93), version 0: brings the description of a streams application's topology to
 * the coordinator.
 */
import { array, field, type Infer, int8, int16, int32, message, nullable, string, struct } from "../schema.ts";

const TopologyDescriptionNode = struct({
  name: string,
  nodeType: int8,
  sourceTopics: array(string),
  sinkTopic: nullable(string, { default: null }),
  stores: array(string),
  successors: array(string),
});

const TopologyDescriptionSubtopology = struct({
  subtopologyId: string,
  nodes: array(TopologyDescriptionNode),
});

const TopologyDescriptionGlobalStore = struct({
  source: TopologyDescriptionNode,
  processor: TopologyDescriptionNode,
});

const TopologyDescription = struct({
  subtopologies: array(TopologyDescriptionSubtopology),
  globalStores: array(TopologyDescriptionGlobalStore),
});

export const StreamsGroupTopologyDescriptionUpdateRequest = message(
  { name: "StreamsGroupTopologyDescriptionUpdateRequest", apiKey: 93, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    memberId: string,
    topologyEpoch: int32,
    topologyDescription: TopologyDescription,
  },
);
export type StreamsGroupTopologyDescriptionUpdateRequest = Infer<typeof StreamsGroupTopologyDescriptionUpdateRequest>;

export const StreamsGroupTopologyDescriptionUpdateResponse = message(
  { name: "StreamsGroupTopologyDescriptionUpdateResponse", apiKey: 93, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
  },
);
export type StreamsGroupTopologyDescriptionUpdateResponse = Infer<typeof StreamsGroupTopologyDescriptionUpdateResponse>;
