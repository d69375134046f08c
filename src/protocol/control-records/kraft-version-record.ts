/** The finalized kraft.version (KIP-853). */
import { type Infer, int16, message } from "../schema.ts";

export const KRaftVersionRecord = message(
  { name: "KRaftVersionRecord", validVersions: "0", flexibleVersions: "0+" },
  {
    version: int16,
    kRaftVersion: int16,
  },
);
export type KRaftVersionRecord = Infer<typeof KRaftVersionRecord>;
