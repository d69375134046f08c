/**
 * DescribeCluster (60), versions 0-2: shows the brokers of a cluster (KIP-700) or, from 1 on, its controllers
 * (KIP-919).
 */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const DescribeClusterRequest = message(
  { name: "DescribeClusterRequest", apiKey: 60, validVersions: "0-2", flexibleVersions: "0+" },
  {
    includeClusterAuthorizedOperations: boolean,
    endpointType: field(int8, { versions: "1+", default: 1 }),
    includeFencedBrokers: field(boolean, { versions: "2+" }),
  },
);
export type DescribeClusterRequest = Infer<typeof DescribeClusterRequest>;

export const DescribeClusterResponse = message(
  { name: "DescribeClusterResponse", apiKey: 60, validVersions: "0-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    endpointType: field(int8, { versions: "1+", default: 1 }),
    clusterId: string,
    controllerId: field(int32, { default: -1 }),
    brokers: array({
      brokerId: int32,
      host: string,
      port: int32,
      rack: nullable(string, { default: null }),
      isFenced: field(boolean, { versions: "2+" }),
    }),
    clusterAuthorizedOperations: field(int32, { default: -2_147_483_648 }),
  },
);
export type DescribeClusterResponse = Infer<typeof DescribeClusterResponse>;
