/** A delegation token was made or renewed (KIP-48). */
import { array, type Infer, message, string, wideInt64 } from "../schema.ts";

export const DelegationTokenRecord = message(
  { name: "DelegationTokenRecord", apiKey: 10, validVersions: "0", flexibleVersions: "0+" },
  {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: wideInt64,
    maxTimestamp: wideInt64,
    expirationTimestamp: wideInt64,
    tokenId: string,
  },
);
export type DelegationTokenRecord = Infer<typeof DelegationTokenRecord>;
