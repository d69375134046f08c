/** Kafka's AclOperation codes, those the controller asks for. */
export const AclOperation = {
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
} as const;

/** Kafka's ResourceType codes. */
export const ResourceType = { TOPIC: 2, GROUP: 3, CLUSTER: 4 } as const;

/** The name of the one CLUSTER resource. */
export const CLUSTER_NAME = "kafka-cluster";
