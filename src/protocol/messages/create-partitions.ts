/** CreatePartitions (37), versions 0-3: gives topics more partitions (KIP-195). */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const CreatePartitionsRequest = message(
  { name: "CreatePartitionsRequest", apiKey: 37, validVersions: "0-3", flexibleVersions: "2+" },
  {
    topics: array({
      name: string,
      count: int32,
      assignments: nullable(
        array({
          brokerIds: array(int32),
        }),
      ),
    }),
    timeoutMs: int32,
    validateOnly: boolean,
  },
);
export type CreatePartitionsRequest = Infer<typeof CreatePartitionsRequest>;

export const CreatePartitionsResponse = message(
  { name: "CreatePartitionsResponse", apiKey: 37, validVersions: "0-3", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      name: string,
      errorCode: int16,
      errorMessage: nullable(string, { default: null }),
    }),
  },
);
export type CreatePartitionsResponse = Infer<typeof CreatePartitionsResponse>;
