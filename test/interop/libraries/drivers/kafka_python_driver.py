"""kafka-python: the protocol in Python alone."""

import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from driver import Driver, encoded, serve, text

assignors = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


class KafkaPythonDriver(Driver):
    consumer = None
    cached_admin = None

    def admin(self):
        if self.cached_admin is None:
            self.cached_admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, reconnect_backoff_max_ms=500)
        return self.cached_admin

    def produce(self, topic, records, codec="none", acks=-1, idempotent=False):
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap,
            compression_type=None if codec == "none" else codec,
            acks="all" if acks == -1 else acks,
            enable_idempotence=idempotent,
            max_request_size=10_000_000,
            linger_ms=20,
            reconnect_backoff_max_ms=500,
        )
        futures = [
            producer.send(
                topic,
                key=encoded(record.get("key")),
                value=encoded(record.get("value")),
                headers=[(name, encoded(value)) for name, value in record.get("headers", [])],
                partition=record.get("partition"),
                timestamp_ms=record.get("timestamp"),
            )
            for record in records
        ]
        producer.flush(20)
        errors = [type(future.exception).__name__ for future in futures if future.failed()]
        producer.close(timeout=60)
        return errors

    def join(self, group, topic, instance=None, assignor="range"):
        self.consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=group,
            group_instance_id=instance,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=300,
            fetch_max_wait_ms=100,
            partition_assignment_strategy=[assignors[assignor]],
            reconnect_backoff_max_ms=500,
        )
        # The library may join before it knows the topic, assign nothing and never join again: it is told the topic first.
        self.consumer.partitions_for_topic(topic)
        self.consumer.subscribe([topic])

    def poll(self):
        if not self.consumer:
            return False
        try:
            # Much shorter waits are cut off in the middle of joining a group.
            polled = self.consumer.poll(timeout_ms=500, max_records=5000)
        except KafkaError as error:
            # A broker that is just being restarted refuses connections, which the library sometimes tells its caller.
            if not error.retriable:
                raise
            return True
        for messages in polled.values():
            for message in messages:
                self.received.append(
                    {
                        "partition": message.partition,
                        "offset": message.offset,
                        "timestamp": message.timestamp,
                        "key": text(message.key),
                        "value": text(message.value),
                        "headers": [[name, text(value)] for name, value in message.headers],
                    }
                )
        return True

    def assignment(self):
        return sorted(partition.partition for partition in self.consumer.assignment())

    def commit(self, topic, partition, offset):
        self.consumer.commit({TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)})

    def leave(self):
        self.consumer.close(autocommit=False)
        self.consumer = None

    def create_topic(self, topic, partitions=1, configs={}):
        self.admin().create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])

    def delete_topic(self, topic):
        self.admin().delete_topics([topic])

    def create_partitions(self, topic, total):
        self.admin().create_partitions({topic: NewPartitions(total)})

    def partition_count(self, topic):
        return len(self.admin().describe_topics([topic])[0]["partitions"])

    def describe_config(self, topic, name):
        described = self.admin().describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
        return described["topic"][topic][name]["value"]

    def alter_config(self, topic, name, value):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {name: (AlterConfigOp.SET, value)})
        answer = self.admin().alter_configs([resource])["topic"][topic]
        if answer != "OK":
            raise RuntimeError(answer)

    def delete_records(self, topic, partition, offset):
        deleted = self.admin().delete_records({TopicPartition(topic, partition): offset})
        return deleted[TopicPartition(topic, partition)]["low_watermark"]

    def offset_for_time(self, topic, partition, timestamp):
        target = TopicPartition(topic, partition)
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        try:
            return consumer.offsets_for_times({target: timestamp})[target].offset
        finally:
            consumer.close()

    def list_groups(self):
        return [group["group_id"] for group in self.admin().list_groups()]

    def describe_group(self, group):
        found = self.admin().describe_groups([group])[group]
        return {"state": found["group_state"], "members": len(found["members"])}

    def committed_offset(self, group, topic, partition):
        offsets = self.admin().list_group_offsets({group: [TopicPartition(topic, partition)]})
        return offsets[group][TopicPartition(topic, partition)].offset

    def delete_group(self, group):
        self.admin().delete_groups([group])


serve(KafkaPythonDriver(sys.argv[1]))
