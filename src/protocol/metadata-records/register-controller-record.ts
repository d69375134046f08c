/** A controller was registered (KIP-919). */
import { array, boolean, type Infer, int16, int32, message, string, uint16, uuid } from "../schema.ts";

export const RegisterControllerRecord = message(
  { name: "RegisterControllerRecord", apiKey: 27, validVersions: "0", flexibleVersions: "0+" },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: boolean,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
);
export type RegisterControllerRecord = Infer<typeof RegisterControllerRecord>;
