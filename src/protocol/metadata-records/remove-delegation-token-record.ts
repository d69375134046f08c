/** A delegation token was removed (KIP-48). */
import { type Infer, message, string } from "../schema.ts";

export const RemoveDelegationTokenRecord = message(
  { name: "RemoveDelegationTokenRecord", apiKey: 26, validVersions: "0", flexibleVersions: "0+" },
  {
    tokenId: string,
  },
);
export type RemoveDelegationTokenRecord = Infer<typeof RemoveDelegationTokenRecord>;
