import type { MetadataRecord } from "../protocol/metadata-records/index.ts";

/** Quotas, access control, credentials and tokens in force; what takes one back is not among them. */
export type SecurityRecord = Extract<
  MetadataRecord,
  {
    type: "ClientQuotaRecord" | "AccessControlEntryRecord" | "UserScramCredentialRecord" | "DelegationTokenRecord";
  }
>;

type Removal = Extract<
  MetadataRecord,
  {
    type: "RemoveAccessControlEntryRecord" | "RemoveUserScramCredentialRecord" | "RemoveDelegationTokenRecord";
  }
>;

/** What the record is about, so that a later one replaces it; no record when this one takes it back. */
export function securityKey(entry: SecurityRecord | Removal): { key: string; record: SecurityRecord | undefined } {
  switch (entry.type) {
    case "ClientQuotaRecord": {
      const { entity, key, remove } = entry.record;
      const parts = entity.map(({ entityType, entityName }) => [entityType, entityName]);
      parts.sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
      return { key: `quota ${JSON.stringify([parts, key])}`, record: remove ? undefined : entry };
    }
    case "AccessControlEntryRecord":
      return { key: `acl ${entry.record.id}`, record: entry };
    case "RemoveAccessControlEntryRecord":
      return { key: `acl ${entry.record.id}`, record: undefined };
    case "UserScramCredentialRecord":
      return { key: `scram ${entry.record.mechanism} ${entry.record.name}`, record: entry };
    case "RemoveUserScramCredentialRecord":
      return { key: `scram ${entry.record.mechanism} ${entry.record.name}`, record: undefined };
    case "DelegationTokenRecord":
      return { key: `token ${entry.record.tokenId}`, record: entry };
    case "RemoveDelegationTokenRecord":
      return { key: `token ${entry.record.tokenId}`, record: undefined };
  }
}
