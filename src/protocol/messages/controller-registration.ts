/** ControllerRegistration (70), version 0: registers a controller (KIP-919). */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string, uint16, uuid } from "../schema.ts";

export const ControllerRegistrationRequest = message(
  { name: "ControllerRegistrationRequest", apiKey: 70, validVersions: "0", flexibleVersions: "0+" },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: boolean,
    listeners: array({
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
export type ControllerRegistrationRequest = Infer<typeof ControllerRegistrationRequest>;

export const ControllerRegistrationResponse = message(
  { name: "ControllerRegistrationResponse", apiKey: 70, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
  },
);
export type ControllerRegistrationResponse = Infer<typeof ControllerRegistrationResponse>;
