import { markdownTable } from "./markdown-table.ts";

/**
 * Test suites of client libraries, run by hand in November 2026 against brokers of Polylog (on Node, where no other runtime
 * is named) and of Apache Kafka 4.4.0, with the same settings, on one busy machine of two cores.
 */
interface SuiteRun {
  /** With the version, or the commit of its source. */
  readonly suite: string;
  readonly polylog: string;
  readonly kafka: string;
  /** What does not pass with Polylog. */
  readonly failures: string;
}

const RUNS: readonly SuiteRun[] = [
  {
    suite: "@platformatic/kafka 2.9.0 (f84b496): `test/clients` and `test/issues`",
    polylog: "511 of 534",
    kafka: "not run as a whole",
    failures:
      "ACLs (9), quotas (9), transactions (2); the texts of DescribeConfigs, which are our own; a path of the suite's own container; a host that must not answer (fails with both). Two more files ask Docker for the version of the broker",
  },
  {
    suite:
      "@platformatic/kafka 2.9.0 (f84b496): `regression/integrity` and `migration`, three brokers; without SASL and a schema registry",
    polylog: "26 of 31",
    kafka: "not run",
    failures: "Transactions (3), KIP-848; a mock of the suite's own, which asks no broker",
  },
  {
    suite: "confluent-kafka-javascript 1.10.1: `test/promisified` without transactions",
    polylog: "all but one of `consumeMessages`",
    kafka: "only that one run: it fails as well",
    failures: "Concurrent consumption of three partitions, within 30 s on the busy machine",
  },
  {
    suite: "confluent-kafka-javascript 1.10.1: `e2e` without transactions",
    polylog: "56 of 61",
    kafka: "56 of 62",
    failures: "The same five fail with both",
  },
  {
    suite: "franz-go (adb3a18): `pkg/kgo` without transactions, share groups, SCRAM",
    polylog: "104 of 104; also on Bun and Deno. 102 of 102 in the versions that Apache Kafka 2.1 had",
    kafka: "104 of 104",
    failures: "-",
  },
  {
    suite:
      "franz-go (adb3a18): the tests of its broker in memory, `pkg/kfake`, that only ask what any broker is asked, each with a new broker of Polylog in its place; without those named after transactions, KIP-848, share groups",
    polylog: "78 of 108",
    kafka: "12 of the other 30 run: 10 fail as well",
    failures:
      "Transactions and share groups under other names (15). What kfake does otherwise than Apache Kafka (10, with both; 3 more as read, not run). Partitions that are asked for right after they were added, of a broker that may be the other one. A batch whose records have offsets of each other, which Apache Kafka takes",
  },
  {
    suite: "segmentio/kafka-go (3ce2979), without `TestConn`",
    polylog: "129 of 141",
    kafka: "all but 9 of those it came to",
    failures:
      "ACLs, quotas, SCRAM, SASL, the coordinator of transactions (8, of which 4 without an authorizer or SASL with both). `TestReaderConsumerGroup` (two of its parts dereference nil), `TestRebalanceTooManyConsumers` and `TestConsumerGroupWithTopic` and `TestConsumerGroupWithGroupTopicsSingle`: with both. These two subscribe to a topic that their own Metadata request creates; the client counts its partitions only after the group was joined without it, and misses a topic that is there by then: in 11 of 12 runs after the 2 ms that this takes here, in 4 of 12 after the 40 to 370 ms that Apache Kafka takes",
  },
  {
    suite: "sarama (bd98b3a): functional tests, five brokers that are stopped and started; without its Java tools",
    polylog: "all but those of transactions",
    kafka: "not run",
    failures: "Transactions: UNSUPPORTED_VERSION, or the coordinator is not available",
  },
  {
    suite: "aiokafka 0.14.0 (672947a): all files that need a broker, without SASL and TLS",
    polylog: "217 of 240",
    kafka: "237 of 240",
    failures:
      "Transactions (20). Three fail with both: two for want of certificates, one that takes node ids to begin at 0",
  },
  {
    suite:
      "librdkafka 2.15.0 (4c3b017), three brokers: its own tests that need a broker; without transactions, share groups, SASL",
    polylog: "81 of 82",
    kafka: "not run",
    failures:
      "The part of `0109_auto_create_topics` that creates ACLs; what `0081_admin` does with ACLs and SCRAM was left out",
  },
  {
    suite:
      "Apache Kafka's Java clients 4.4.0: a program of 200 calls (admin, producer, consumer, classic groups), with one broker; features of groups and transactions at level 0 with both",
    polylog: "the same outcome but for those on the right",
    kafka: "what it is compared with",
    failures:
      "Quotas, SCRAM, delegation tokens and transactions, which are not built; KIP-848, share and streams groups, refused with a cause more; the reasons of records refused; the names of loggers",
  },
  {
    suite:
      "Kafka Streams 4.3.1: joins of streams, tables and a global table, by foreign key, windows (tumbling, sliding, session, suppressed), a repartition, queries, the reset tool",
    polylog: "the same results, internal topics, configurations and offsets",
    kafka: "what it is compared with",
    failures: "exactly_once_v2, which needs transactions",
  },
  {
    suite:
      "Kafka Connect 4.3.1, distributed, with file connectors (restart, offsets reset and altered); MirrorMaker 2 between two brokers",
    polylog: "every record, offset and configuration arrives",
    kafka: "not run",
    failures: "-",
  },
  {
    suite: "kafka-python 3.1.0 (a3b3836): `test/integration`, without SASL and TLS",
    polylog: "49 of 55",
    kafka: "51 of 55",
    failures:
      "Transactions (2). ACLs without an authorizer; a replica on node 0, which there is not; a look-up of a missing partition that the client does not give up; a session shorter than `group.min.session.timeout.ms`: with both",
  },
  {
    suite:
      "kafkajs (55b0b41): its own tests of broker, admin, producer, consumer and cluster, without transactions, SASL, TLS, ACLs and `BrokerPool`; three brokers, one of Apache Kafka",
    polylog: "426 of 465",
    kafka: "417 of 465",
    failures:
      "Transactions that the choice did not leave out (8). A time-out within 1 ms, now with the one, now with the other. The other 30 fail with both: nodes that begin at 0, settings and versions that Apache Kafka 4 no longer has, a topic that is not created at once",
  },
  {
    suite: "rskafka 0.6.0 (9e0dad6): `client`, `consumer`, `producer`, `produce_consume`, two brokers; without SASL",
    polylog: "60 of 60",
    kafka: "60 of 60",
    failures: "-",
  },
  {
    suite: "rust-rdkafka 0.38.0 (cf08f6c, librdkafka 2.12.1), without transactions",
    polylog: "65 of 65",
    kafka: "65 of 65",
    failures: "-",
  },
  {
    suite: "node-rdkafka 3.6.0 (librdkafka 2.12.0): `e2e`, without transactions",
    polylog: "55 of 58",
    kafka: "52 of 56",
    failures: "An empty key and an empty value arrive as null, with both; one time-out of Apache Kafka's own",
  },
  {
    suite: "Apache Kafka's tools 4.3.1: 87 commands in a row, what they print compared",
    polylog: "about 75 print the same, but for identifiers, sizes and times",
    kafka: "what they are compared with",
    failures:
      "Quotas, SCRAM, ACLs, delegation tokens and transactions, which are not built (8); their rows in what `kafka-features` and `kafka-broker-api-versions` list; the names of loggers, of which there is one; a reason without Apache's words around it; a record without a key, whose partition is not named beside the reason",
  },
  {
    suite:
      "Apache Kafka's own integration tests 4.3.1 (of its clients, core, server, tools and Streams, those of APIs that are here), with nodes of Polylog started in place of its controllers and brokers",
    polylog: "707",
    kafka: "written for it; a few run again",
    failures:
      "What is not built: KIP-848, share and streams groups, transactions, quotas, a logger for each class, cordoned directories, older metadata versions, tiered storage (about 100). What a test looks up inside the broker's process, which is another one here (about 50).",
  },
  {
    suite: "confluent-kafka-python 2.15.0 (8b1c7a6): `tests/integration` of admin, consumer, flushing and serializers",
    polylog: "25 of 28",
    kafka: "26 of 28",
    failures:
      "SCRAM credentials. ACLs without an authorizer, and a cluster with SASL that the suite fetches: with both",
  },
  {
    suite:
      "Spring for Apache Kafka 4.1.1 (Java clients and Streams 4.2.1): 59 classes of its tests that use an embedded broker, with one of Polylog in its place; without share consumers, transactions and Kotlin",
    polylog:
      "362 of 364 on Node; of three large classes 135 of 135 on Bun, and on Deno 134, one that uses no broker in a second run",
    kafka: "written for it",
    failures: "Transactions (2)",
  },
  {
    suite:
      "kafka_protocol 4.3.6 (946a0de), of Erlang: fetch, groups, offsets and topics in every version, two brokers; with gzip, without TLS",
    polylog: "56 of 57",
    kafka: "not run",
    failures: "A group that is asked for while `__consumer_offsets` is being created, which the test does not repeat",
  },
  {
    suite:
      "brod (33075eb), of Erlang: its suites of the client, topics, producers, consumers, groups and commits, two brokers; snappy and LZ4 left out",
    polylog: "85 of 94, of several runs: three suites were run again",
    kafka: "not run",
    failures: "Transactions (5), TLS and SASL (3); a host name that nobody is to be found by (no broker is asked)",
  },
  {
    suite: "watermill-kafka (8bccba2): publishers and subscribers, the short tests, three brokers",
    polylog: "62 of 62",
    kafka: "not run",
    failures: "-",
  },
  {
    suite: "reactor-kafka (46855b8, Java clients 3.6.0): senders, receivers, observation and the tests of their parts",
    polylog: "68 of 76",
    kafka: "not run",
    failures: "Transactions (8)",
  },
  {
    suite: "goka (b885615, sarama 1.46.3): `systemtest`, three brokers, some of it with connections that break",
    polylog: "17 of 19, one more with one broker",
    kafka: "1 of the other 2 run: it passes, with one broker",
    failures:
      "A topic whose settings are asked for right after it was created, of a broker that may be another one; DescribeConfigs 0, which Kafka 4 has no more",
  },
  {
    suite:
      "quixstreams (dfb6331, confluent-kafka 2.11): applications and their state, checkpoints, consumers, producers, topics; without exactly-once",
    polylog: "402 of 405, one of them in a second run",
    kafka: "not run",
    failures: "A broker that must have the id 0 (3)",
  },
  {
    suite: "Apache Kafka's replica-verification tool 4.3.1, three brokers",
    polylog: "lag 0 for all partitions, once the load has ended",
    kafka: "not run",
    failures: "-",
  },
];

export function clientSuites(): string {
  const rows = RUNS.map(({ suite, polylog, kafka, failures }) => [suite, polylog, kafka, failures]);
  return markdownTable(["Suite", "Passes with Polylog", "With Apache Kafka 4.4.0", "What does not pass"], rows);
}
