import { expect, test } from "vitest";
import { listOffsets } from "../../src/api/list-offsets.ts";
import { brokerOnColdDisk } from "./cold-disk.ts";
import type { TestBroker } from "./test-broker.ts";

const LATEST = 11;

function ask(broker: TestBroker, timestamp: number, topic = "t") {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }];
  return broker.send(listOffsets, LATEST, { replicaId: -1, isolationLevel: 0, topics });
}

const listed = ({ response }: ReturnType<typeof ask>) => response?.topics[0]?.partitions[0];

test.each([
  ["a time", 2_000],
  ["the largest time", -3],
])(
  "%s of what is on the disk only is told when that has answered, and keeps no other waiting",
  async (_, timestamp) => {
    const { broker, disk } = await brokerOnColdDisk();
    broker.append("t", 2, { timestamp: 1_000 });
    broker.append("t", 1, { timestamp: 3_000 });
    const cold = ask(broker, timestamp);
    expect(listed(cold)).toBeUndefined();
    expect(listed(ask(broker, -1))).toMatchObject({ offset: 3 });
    expect(listed(ask(broker, -2))).toMatchObject({ offset: 0 });
    disk.isCold = false;
    await disk.answer();
    expect(listed(cold)).toMatchObject({ errorCode: 0, timestamp: 3_000, offset: 2 });
  },
);

test("what is on the disk in several places is asked for place by place", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t", 1, { timestamp: 1_000 });
  const cold = ask(broker, 0);
  for (let place = 1; place < 5; place++) {
    expect(disk.asked).toBe(place);
    await disk.answer();
  }
  disk.isCold = false;
  await disk.answer();
  expect(listed(cold)).toMatchObject({ errorCode: 0, offset: 0 });
});

test("a look-up that finds something else missing again and again waits for the disk in the end: later in a longer log", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  for (const topic of ["t", "u"]) broker.append(topic, 1, { timestamp: 1_000 });
  const { log } = broker.partition("u");
  for (let count = 0; count < 10; count++) {
    log!.roll();
    broker.append("u", 1, { timestamp: 1_000 });
  }
  const waitsOf = async (topic: string): Promise<number> => {
    disk.asked = 0;
    const cold = ask(broker, 0, topic);
    for (let place = 0; place < 200 && listed(cold) === undefined; place++) await disk.answer();
    expect(listed(cold)).toMatchObject({ errorCode: 0, offset: 0 });
    return disk.asked;
  };
  const shortLog = await waitsOf("t");
  expect(shortLog).toBeGreaterThanOrEqual(16);
  expect(await waitsOf("u")).toBe(shortLog + 40);
});

test("a log that is gone when the disk answers is told as such", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t", 1, { timestamp: 1_000 });
  const cold = ask(broker, 0);
  broker.deleteTopic("t");
  disk.isCold = false;
  await disk.answer();
  expect(listed(cold)?.errorCode).toBeGreaterThan(0);
});

test("nobody is answered any more when the broker has stopped meanwhile", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t", 1, { timestamp: 1_000 });
  const cold = ask(broker, 0);
  broker.services.timestampLookup.close();
  disk.isCold = false;
  await disk.answer();
  expect(listed(cold)).toBeUndefined();
});
