/** A broker was fenced: it leads nothing until it is unfenced. */
import { type Infer, int32, int64, message } from "../schema.ts";

export const FenceBrokerRecord = message(
  { name: "FenceBrokerRecord", apiKey: 7, validVersions: "0", flexibleVersions: "0+" },
  {
    id: int32,
    epoch: int64,
  },
);
export type FenceBrokerRecord = Infer<typeof FenceBrokerRecord>;
