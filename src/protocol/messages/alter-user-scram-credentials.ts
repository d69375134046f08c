/** AlterUserScramCredentials (51), version 0: sets and deletes SCRAM credentials (KIP-554). */
import { array, bytes, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const AlterUserScramCredentialsRequest = message(
  { name: "AlterUserScramCredentialsRequest", apiKey: 51, validVersions: "0", flexibleVersions: "0+" },
  {
    deletions: array({
      name: string,
      mechanism: int8,
    }),
    upsertions: array({
      name: string,
      mechanism: int8,
      iterations: int32,
      salt: bytes,
      saltedPassword: bytes,
    }),
  },
);
export type AlterUserScramCredentialsRequest = Infer<typeof AlterUserScramCredentialsRequest>;

export const AlterUserScramCredentialsResponse = message(
  { name: "AlterUserScramCredentialsResponse", apiKey: 51, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      user: string,
      errorCode: int16,
      errorMessage: nullable(string),
    }),
  },
);
export type AlterUserScramCredentialsResponse = Infer<typeof AlterUserScramCredentialsResponse>;
