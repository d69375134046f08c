/** DescribeUserScramCredentials (50), version 0: lists users with SCRAM credentials, not the credentials (KIP-554). */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const DescribeUserScramCredentialsRequest = message(
  { name: "DescribeUserScramCredentialsRequest", apiKey: 50, validVersions: "0", flexibleVersions: "0+" },
  {
    users: nullable(
      array({
        name: string,
      }),
    ),
  },
);
export type DescribeUserScramCredentialsRequest = Infer<typeof DescribeUserScramCredentialsRequest>;

export const DescribeUserScramCredentialsResponse = message(
  { name: "DescribeUserScramCredentialsResponse", apiKey: 50, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
    results: array({
      user: string,
      errorCode: int16,
      errorMessage: nullable(string),
      credentialInfos: array({
        mechanism: int8,
        iterations: int32,
      }),
    }),
  },
);
export type DescribeUserScramCredentialsResponse = Infer<typeof DescribeUserScramCredentialsResponse>;
