// The example of README.md; test/docs keeps the two equal.
import { Kafka } from "kafkajs";
import { startBroker } from "polylog";
import { expect, test } from "vitest";

test("what is produced is consumed", async () => {
  await using broker = await startBroker({ port: 0 });
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: 0 });

  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: "greetings", messages: [{ key: "en", value: "hello" }] });
  await producer.disconnect();

  const consumer = kafka.consumer({ groupId: "readers" });
  await consumer.connect();
  await consumer.subscribe({ topic: "greetings", fromBeginning: true });
  const received = new Promise<string>((resolve) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
  });
  expect(await received).toBe("hello");
  await consumer.disconnect();
});
