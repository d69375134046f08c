/** A broker was unfenced. */
import { type Infer, int32, int64, message } from "../schema.ts";

export const UnfenceBrokerRecord = message(
  { name: "UnfenceBrokerRecord", apiKey: 8, validVersions: "0", flexibleVersions: "0+" },
  {
    id: int32,
    epoch: int64,
  },
);
export type UnfenceBrokerRecord = Infer<typeof UnfenceBrokerRecord>;
