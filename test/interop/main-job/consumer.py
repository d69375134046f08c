"""A member of a group that writes what it gets to a file, "key TAB value" a line, until it is told to end by SIGTERM."""

import signal
import sys

library, bootstrap, topic, group, path = sys.argv[1:]
running = True


def end(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, end)


def confluent_kafka_batches():
    from confluent_kafka import Consumer, KafkaException

    settings = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "partition.assignment.strategy": "roundrobin"})
    consumer.subscribe([topic])
    while running:
        messages = consumer.consume(10_000, 0.2)
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
        yield ((message.key(), message.value()) for message in messages)
    consumer.close()


def kafka_python_batches():
    from kafka import KafkaConsumer
    from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
    )
    consumer.partitions_for_topic(topic)
    consumer.subscribe([topic])
    while running:
        for messages in consumer.poll(timeout_ms=500, max_records=10_000).values():
            yield ((message.key, message.value) for message in messages)
    consumer.close()


with open(path, "wb") as out:
    for batch in {"confluent-kafka": confluent_kafka_batches, "kafka-python": kafka_python_batches}[library]():
        out.write(b"".join(key + b"\t" + value + b"\n" for key, value in batch))
        out.flush()
