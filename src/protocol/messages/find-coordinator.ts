/**
 * FindCoordinator (10), versions 0-6: tells which broker coordinates a group, a transactional id or a share partition;
 * several keys at once from 4 on (KIP-699).
 */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const FindCoordinatorRequest = message(
  { name: "FindCoordinatorRequest", apiKey: 10, validVersions: "0-6", flexibleVersions: "3+" },
  {
    key: field(string, { versions: "0-3" }),
    keyType: field(int8, { versions: "1+", default: 0 }),
    coordinatorKeys: field(array(string), { versions: "4+" }),
  },
);
export type FindCoordinatorRequest = Infer<typeof FindCoordinatorRequest>;

export const FindCoordinatorResponse = message(
  { name: "FindCoordinatorResponse", apiKey: 10, validVersions: "0-6", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    errorCode: field(int16, { versions: "0-3" }),
    errorMessage: nullable(string, { versions: "1-3", ignorable: true }),
    nodeId: field(int32, { versions: "0-3" }),
    host: field(string, { versions: "0-3" }),
    port: field(int32, { versions: "0-3" }),
    coordinators: field(
      array({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
      { versions: "4+" },
    ),
  },
);
export type FindCoordinatorResponse = Infer<typeof FindCoordinatorResponse>;
