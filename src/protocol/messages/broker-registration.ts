/** BrokerRegistration (62), versions 0-4: registers a broker with the controller (KIP-631). */
import {
  array,
  boolean,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const BrokerRegistrationRequest = message(
  { name: "BrokerRegistrationRequest", apiKey: 62, validVersions: "0-4", flexibleVersions: "0+" },
  {
    brokerId: int32,
    clusterId: string,
    incarnationId: uuid,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: nullable(string),
    isMigratingZkBroker: field(boolean, { versions: "1+", default: false }),
    logDirs: field(array(uuid), { versions: "2+", ignorable: true }),
    previousBrokerEpoch: field(int64, { versions: "3+", default: -1, ignorable: true }),
  },
);
export type BrokerRegistrationRequest = Infer<typeof BrokerRegistrationRequest>;

export const BrokerRegistrationResponse = message(
  { name: "BrokerRegistrationResponse", apiKey: 62, validVersions: "0-4", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    brokerEpoch: field(int64, { default: -1 }),
  },
);
export type BrokerRegistrationResponse = Infer<typeof BrokerRegistrationResponse>;
