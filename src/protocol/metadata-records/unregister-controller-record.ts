/** The registration of a controller was removed. */
import { type Infer, int32, message } from "../schema.ts";

export const UnregisterControllerRecord = message(
  { name: "UnregisterControllerRecord", apiKey: 29, validVersions: "0", flexibleVersions: "0+" },
  {
    controllerId: int32,
  },
);
export type UnregisterControllerRecord = Infer<typeof UnregisterControllerRecord>;
