/** BrokerHeartbeat (63), versions 0-2: keeps a broker registered, and fences, unfences or shuts it down (KIP-631). */
import { array, boolean, field, type Infer, int16, int32, int64, message, nullable, uuid } from "../schema.ts";

export const BrokerHeartbeatRequest = message(
  { name: "BrokerHeartbeatRequest", apiKey: 63, validVersions: "0-2", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    currentMetadataOffset: int64,
    wantFence: boolean,
    wantShutDown: boolean,
    offlineLogDirs: field(array(uuid), { versions: "1+", tag: 0 }),
    cordonedLogDirs: nullable(array(uuid), { versions: "2+", default: null, tag: 1 }),
  },
);
export type BrokerHeartbeatRequest = Infer<typeof BrokerHeartbeatRequest>;

export const BrokerHeartbeatResponse = message(
  { name: "BrokerHeartbeatResponse", apiKey: 63, validVersions: "0-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    isCaughtUp: field(boolean, { default: false }),
    isFenced: field(boolean, { default: true }),
    shouldShutDown: boolean,
  },
);
export type BrokerHeartbeatResponse = Infer<typeof BrokerHeartbeatResponse>;
