/** A SCRAM credential was set (KIP-554). */
import { bytes, type Infer, int8, int32, message, string } from "../schema.ts";

export const UserScramCredentialRecord = message(
  { name: "UserScramCredentialRecord", apiKey: 11, validVersions: "0", flexibleVersions: "0+" },
  {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
);
export type UserScramCredentialRecord = Infer<typeof UserScramCredentialRecord>;
