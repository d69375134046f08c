"""Two producers whose transactions overlap on one partition: every third is aborted."""

import sys

from confluent_kafka import Producer

bootstrap, topic = sys.argv[1:3]
producers = []
for name in ("one", "other"):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": name, "linger.ms": 0})
    producer.init_transactions(30)
    producers.append(producer)

for index in range(12):
    for producer in producers:
        producer.begin_transaction()
        producer.produce(topic, key=f"k{index}", value=f"value {index}", partition=0)
        producer.flush(30)
    for producer in producers if index % 2 == 0 else reversed(producers):
        if index % 3 == 0:
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)
