/** What the leader of a classic consumer group assigns to a member; never flexible, with its version in front. */
import { array, bytes, type Infer, int32, message, nullable, string } from "../schema.ts";

export const ConsumerProtocolAssignment = message(
  { name: "ConsumerProtocolAssignment", validVersions: "0-3", flexibleVersions: "none" },
  {
    assignedPartitions: array({
      topic: string,
      partitions: array(int32),
    }),
    userData: nullable(bytes, { default: null }),
  },
);
export type ConsumerProtocolAssignment = Infer<typeof ConsumerProtocolAssignment>;
