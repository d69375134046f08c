/** Kafka's names of the topics that brokers create for themselves. */
export const OFFSETS_TOPIC = "__consumer_offsets";
export const TRANSACTION_STATE_TOPIC = "__transaction_state";
export const SHARE_GROUP_STATE_TOPIC = "__share_group_state";

export const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  OFFSETS_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
]);

/** The metadata log looks like a topic to tools, but is none. */
export const CLUSTER_METADATA_TOPIC = "__cluster_metadata";
