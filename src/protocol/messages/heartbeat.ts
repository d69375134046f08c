/** Heartbeat (12), versions 0-4: keeps a member of a classic group alive. */
import { field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const HeartbeatRequest = message(
  { name: "HeartbeatRequest", apiKey: 12, validVersions: "0-4", flexibleVersions: "4+" },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string, { versions: "3+", default: null }),
  },
);
export type HeartbeatRequest = Infer<typeof HeartbeatRequest>;

export const HeartbeatResponse = message(
  { name: "HeartbeatResponse", apiKey: 12, validVersions: "0-4", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    errorCode: int16,
  },
);
export type HeartbeatResponse = Infer<typeof HeartbeatResponse>;
