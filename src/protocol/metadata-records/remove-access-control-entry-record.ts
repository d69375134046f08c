/** An ACL binding was deleted. */
import { type Infer, message, uuid } from "../schema.ts";

export const RemoveAccessControlEntryRecord = message(
  { name: "RemoveAccessControlEntryRecord", apiKey: 19, validVersions: "0", flexibleVersions: "0+" },
  {
    id: uuid,
  },
);
export type RemoveAccessControlEntryRecord = Infer<typeof RemoveAccessControlEntryRecord>;
