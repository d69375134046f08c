/** Topics that match a regular expression of a consumer group (KIP-848). */
import { array, type Infer, int64, message, string } from "../schema.ts";

export const ConsumerGroupRegularExpressionKey = message(
  { name: "ConsumerGroupRegularExpressionKey", apiKey: 16, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    regularExpression: string,
  },
);
export type ConsumerGroupRegularExpressionKey = Infer<typeof ConsumerGroupRegularExpressionKey>;

export const ConsumerGroupRegularExpressionValue = message(
  { name: "ConsumerGroupRegularExpressionValue", apiKey: 16, validVersions: "0", flexibleVersions: "0+" },
  {
    topics: array(string),
    version: int64,
    timestamp: int64,
  },
);
export type ConsumerGroupRegularExpressionValue = Infer<typeof ConsumerGroupRegularExpressionValue>;
