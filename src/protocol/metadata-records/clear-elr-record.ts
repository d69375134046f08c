/** The eligible leader replicas of a topic, or of all of them, were cleared (KIP-966). */
import { type Infer, message, string } from "../schema.ts";

export const ClearElrRecord = message(
  { name: "ClearElrRecord", apiKey: 28, validVersions: "0", flexibleVersions: "0+" },
  {
    topicName: string,
  },
);
export type ClearElrRecord = Infer<typeof ClearElrRecord>;
