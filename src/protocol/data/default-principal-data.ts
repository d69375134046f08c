/** A principal as a broker forwards it to the controller (KIP-590). */
import { boolean, type Infer, message, string } from "../schema.ts";

export const DefaultPrincipalData = message(
  { name: "DefaultPrincipalData", validVersions: "0", flexibleVersions: "0+" },
  {
    type: string,
    name: string,
    tokenAuthenticated: boolean,
  },
);
export type DefaultPrincipalData = Infer<typeof DefaultPrincipalData>;
