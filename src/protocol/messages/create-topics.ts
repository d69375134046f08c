/**
 * CreateTopics (19), versions 2-7: creates topics. Answers with the configuration from 5 on (KIP-525), quota errors
 * from 6 (KIP-599).
 */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const CreateTopicsRequest = message(
  { name: "CreateTopicsRequest", apiKey: 19, validVersions: "2-7", flexibleVersions: "5+" },
  {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({
        partitionIndex: int32,
        brokerIds: array(int32),
      }),
      configs: array({
        name: string,
        value: nullable(string),
      }),
    }),
    timeoutMs: field(int32, { default: 60000 }),
    validateOnly: field(boolean, { default: false }),
  },
);
export type CreateTopicsRequest = Infer<typeof CreateTopicsRequest>;

export const CreateTopicsResponse = message(
  { name: "CreateTopicsResponse", apiKey: 19, validVersions: "2-7", flexibleVersions: "5+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      name: string,
      topicId: field(uuid, { versions: "7+", ignorable: true }),
      errorCode: int16,
      errorMessage: nullable(string),
      topicConfigErrorCode: field(int16, { versions: "5+", tag: 0, ignorable: true }),
      numPartitions: field(int32, { versions: "5+", default: -1, ignorable: true }),
      replicationFactor: field(int16, { versions: "5+", default: -1, ignorable: true }),
      configs: nullable(
        array({
          name: string,
          value: nullable(string),
          readOnly: boolean,
          configSource: field(int8, { default: -1 }),
          isSensitive: boolean,
        }),
        { versions: "5+", ignorable: true },
      ),
    }),
  },
);
export type CreateTopicsResponse = Infer<typeof CreateTopicsResponse>;
