/** DeleteTopics (20), versions 1-6: deletes topics; by id from 6 on (KIP-516). */
import { array, field, type Infer, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const DeleteTopicsRequest = message(
  { name: "DeleteTopicsRequest", apiKey: 20, validVersions: "1-6", flexibleVersions: "4+" },
  {
    topics: field(
      array({
        name: nullable(string, { default: null }),
        topicId: uuid,
      }),
      { versions: "6+" },
    ),
    topicNames: field(array(string), { versions: "1-5", ignorable: true }),
    timeoutMs: int32,
  },
);
export type DeleteTopicsRequest = Infer<typeof DeleteTopicsRequest>;

export const DeleteTopicsResponse = message(
  { name: "DeleteTopicsResponse", apiKey: 20, validVersions: "1-6", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    responses: array({
      name: nullable(string, { nullable: "6+" }),
      topicId: field(uuid, { versions: "6+", ignorable: true }),
      errorCode: int16,
      errorMessage: nullable(string, { versions: "5+", default: null, ignorable: true }),
    }),
  },
);
export type DeleteTopicsResponse = Infer<typeof DeleteTopicsResponse>;
