/** A SCRAM credential was deleted (KIP-554). */
import { type Infer, int8, message, string } from "../schema.ts";

export const RemoveUserScramCredentialRecord = message(
  { name: "RemoveUserScramCredentialRecord", apiKey: 22, validVersions: "0", flexibleVersions: "0+" },
  {
    name: string,
    mechanism: int8,
  },
);
export type RemoveUserScramCredentialRecord = Infer<typeof RemoveUserScramCredentialRecord>;
