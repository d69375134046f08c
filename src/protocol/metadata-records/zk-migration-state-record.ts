/** How far the migration from ZooKeeper is (KIP-866); found in old logs only. */
import { type Infer, int8, message } from "../schema.ts";

export const ZkMigrationStateRecord = message(
  { name: "ZkMigrationStateRecord", apiKey: 21, validVersions: "0", flexibleVersions: "0+" },
  {
    zkMigrationState: int8,
  },
);
export type ZkMigrationStateRecord = Infer<typeof ZkMigrationStateRecord>;
