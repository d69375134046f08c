/** UnregisterController (94), version 0: removes the registration of a controller. */
import { field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const UnregisterControllerRequest = message(
  { name: "UnregisterControllerRequest", apiKey: 94, validVersions: "0", flexibleVersions: "0+" },
  {
    controllerId: int32,
  },
);
export type UnregisterControllerRequest = Infer<typeof UnregisterControllerRequest>;

export const UnregisterControllerResponse = message(
  { name: "UnregisterControllerResponse", apiKey: 94, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
  },
);
export type UnregisterControllerResponse = Infer<typeof UnregisterControllerResponse>;
