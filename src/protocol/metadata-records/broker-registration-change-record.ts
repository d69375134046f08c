/** The registration of a broker changed; fields at their defaults did not. */
import { array, field, type Infer, int8, int32, int64, message, nullable, uuid } from "../schema.ts";

export const BrokerRegistrationChangeRecord = message(
  { name: "BrokerRegistrationChangeRecord", apiKey: 17, validVersions: "0-3", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: field(int8, { tag: 0 }),
    inControlledShutdown: field(int8, { versions: "1+", tag: 1 }),
    logDirs: field(array(uuid), { versions: "2+", tag: 2 }),
    cordonedLogDirs: nullable(array(uuid), { versions: "3+", default: null, tag: 3 }),
  },
);
export type BrokerRegistrationChangeRecord = Infer<typeof BrokerRegistrationChangeRecord>;
