/** A broker, or a new incarnation of one, was registered. */
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

export const RegisterBrokerRecord = message(
  { name: "RegisterBrokerRecord", apiKey: 0, validVersions: "0-4", flexibleVersions: "0+" },
  {
    brokerId: int32,
    isMigratingZkBroker: field(boolean, { versions: "2+", default: false }),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({
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
    fenced: field(boolean, { default: true }),
    inControlledShutdown: field(boolean, { versions: "1+", default: false }),
    logDirs: field(array(uuid), { versions: "3+", tag: 0 }),
    cordonedLogDirs: nullable(array(uuid), { versions: "4+", default: null, tag: 1 }),
  },
);
export type RegisterBrokerRecord = Infer<typeof RegisterBrokerRecord>;
