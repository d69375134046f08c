import { atLeast, boolean, int, short } from "../definition.ts";

/** Transactions and producer ids. */
export const transactionConfigs = {
  "transaction.max.timeout.ms": int(900_000, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The longest transaction timeout that a producer may ask for, in milliseconds.",
  }),
  "transactional.id.expiration.ms": int(604_800_000, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How long an unused transactional id is remembered, in milliseconds.",
  }),
  "transaction.state.log.replication.factor": short(3, {
    importance: "high",
    allowed: atLeast(1),
    documentation:
      "The replication factor of the topic that keeps transactions. While fewer brokers are registered the topic can't be created.",
  }),
  "transaction.state.log.num.partitions": int(50, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The number of partitions of the topic that keeps transactions.",
  }),
  "transaction.state.log.min.isr": int(2, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How many in-sync replicas the topic that keeps transactions needs.",
  }),
  "transaction.state.log.segment.bytes": int(104_857_600, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The segment size of the topic that keeps transactions.",
  }),
  "transaction.state.log.load.buffer.size": int(5_242_880, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How many bytes are read at a time when a transaction coordinator loads its state.",
  }),
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": int(10_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How often transactions that ran out of time are looked for, in milliseconds.",
  }),
  "transaction.remove.expired.transaction.cleanup.interval.ms": int(3_600_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How often expired transactional ids are looked for, in milliseconds.",
  }),
  "transaction.partition.verification.enable": boolean(true, {
    importance: "low",
    update: "cluster-wide",
    supported: true,
    documentation: "Whether a transactional write is checked against the coordinator first.",
  }),
  "transaction.two.phase.commit.enable": boolean(false, {
    importance: "low",
    documentation: "Whether a producer may take part in a two-phase commit.",
  }),
  "producer.id.expiration.ms": int(86_400_000, {
    importance: "low",
    allowed: atLeast(1),
    update: "cluster-wide",
    supported: true,
    documentation: "How long a partition remembers a producer that is silent, in milliseconds.",
  }),
  "producer.id.expiration.check.interval.ms": int(600_000, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    supported: true,
    documentation: "How often silent producers are looked for, in milliseconds.",
  }),
  "add.partitions.to.txn.retry.backoff.ms": int(20, {
    importance: "high",
    allowed: atLeast(1),
    documentation:
      "The first pause before a partition is added to a transaction again on the broker's side, in milliseconds.",
  }),
  "add.partitions.to.txn.retry.backoff.max.ms": int(100, {
    importance: "high",
    allowed: atLeast(0),
    documentation: "The longest time a broker keeps trying to add a partition to a transaction, in milliseconds.",
  }),
};
