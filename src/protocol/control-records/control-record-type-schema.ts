/** Key of a control record: which kind it is. */
import { type Infer, int16, message } from "../schema.ts";

export const ControlRecordTypeSchema = message(
  { name: "ControlRecordTypeSchema", validVersions: "0", flexibleVersions: "none" },
  {
    type: int16,
  },
);
export type ControlRecordTypeSchema = Infer<typeof ControlRecordTypeSchema>;
