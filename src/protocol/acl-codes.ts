/** Kafka's codes of what one may be allowed to do, apart from those that only ACLs and their filters use. */
export const AclOperation = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const;

/** Kafka's codes of what there is to be allowed. */
export const ResourceType = { TOPIC: 2, GROUP: 3, CLUSTER: 4 } as const;

/** The name of the one CLUSTER resource. */
export const CLUSTER_NAME = "kafka-cluster";
