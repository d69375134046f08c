"""confluent-kafka for Python: librdkafka."""

import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from driver import Driver, encoded, serve, text


class ConfluentKafkaDriver(Driver):
    consumer = None
    cached_admin = None

    def admin(self):
        if self.cached_admin is None:
            self.cached_admin = AdminClient({"bootstrap.servers": self.bootstrap})
        return self.cached_admin

    def produce(self, topic, records, codec="none", acks=-1, idempotent=False):
        settings = {"bootstrap.servers": self.bootstrap, "compression.type": codec, "acks": acks, "linger.ms": 20}
        settings.update({"message.max.bytes": 10_000_000, "message.timeout.ms": 60_000, "enable.idempotence": idempotent})
        errors = []
        producer = Producer(settings)
        for record in records:
            options = {name: record[name] for name in ("partition", "timestamp") if name in record}
            producer.produce(
                topic,
                key=encoded(record.get("key")),
                value=encoded(record.get("value")),
                headers=[(name, encoded(value)) for name, value in record.get("headers", [])],
                on_delivery=lambda error, _: error and errors.append(error.name()),
                **options,
            )
        if producer.flush(25) > 0:
            errors.append("not delivered in time")
        return errors

    def join(self, group, topic, instance=None, assignor="range"):
        settings = {"bootstrap.servers": self.bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
        settings.update({"enable.auto.commit": False, "session.timeout.ms": 10_000, "heartbeat.interval.ms": 300})
        settings.update({"partition.assignment.strategy": assignor, "fetch.wait.max.ms": 100})
        if instance:
            settings["group.instance.id"] = instance
        self.consumer = Consumer(settings)
        self.consumer.subscribe([topic])

    def poll(self):
        if not self.consumer:
            return False
        for message in self.consumer.consume(1000, 0.05):
            if message.error():
                raise KafkaException(message.error())
            self.received.append(
                {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "timestamp": message.timestamp()[1],
                    "key": text(message.key()),
                    "value": text(message.value()),
                    "headers": [[name, text(value)] for name, value in message.headers() or []],
                }
            )
        return True

    def assignment(self):
        return sorted(partition.partition for partition in self.consumer.assignment())

    def commit(self, topic, partition, offset):
        self.consumer.commit(offsets=[TopicPartition(topic, partition, offset)], asynchronous=False)

    def leave(self):
        self.consumer.close()
        self.consumer = None

    def create_topic(self, topic, partitions=1, configs={}):
        self.admin().create_topics([NewTopic(topic, partitions, 1, config=configs)])[topic].result()

    def delete_topic(self, topic):
        self.admin().delete_topics([topic])[topic].result()

    def create_partitions(self, topic, total):
        self.admin().create_partitions([NewPartitions(topic, total)])[topic].result()

    def partition_count(self, topic):
        return len(self.admin().list_topics(topic, timeout=60).topics[topic].partitions)

    def describe_config(self, topic, name):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return self.admin().describe_configs([resource])[resource].result()[name].value

    def alter_config(self, topic, name, value):
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        self.admin().incremental_alter_configs([resource])[resource].result()

    def delete_records(self, topic, partition, offset):
        target = TopicPartition(topic, partition, offset)
        return self.admin().delete_records([target])[target].result().low_watermark

    def offset_for_time(self, topic, partition, timestamp):
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "times"})
        try:
            return consumer.offsets_for_times([TopicPartition(topic, partition, timestamp)], timeout=60)[0].offset
        finally:
            consumer.close()

    def list_groups(self):
        return [group.group_id for group in self.admin().list_consumer_groups().result().valid]

    def describe_group(self, group):
        found = self.admin().describe_consumer_groups([group])[group].result()
        return {"state": found.state.name.capitalize(), "members": len(found.members)}

    def committed_offset(self, group, topic, partition):
        request = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, partition)])
        return self.admin().list_consumer_group_offsets([request])[group].result().topic_partitions[0].offset

    def delete_group(self, group):
        self.admin().delete_consumer_groups([group])[group].result()


serve(ConfluentKafkaDriver(sys.argv[1]))
