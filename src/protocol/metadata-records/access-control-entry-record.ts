/** An ACL binding was created. */
import { type Infer, int8, message, string, uuid } from "../schema.ts";

export const AccessControlEntryRecord = message(
  { name: "AccessControlEntryRecord", apiKey: 18, validVersions: "0", flexibleVersions: "0+" },
  {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
);
export type AccessControlEntryRecord = Infer<typeof AccessControlEntryRecord>;
