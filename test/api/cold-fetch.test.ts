import { expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { brokerOnColdDisk } from "./cold-disk.ts";
import { fetched, LATEST, request, results, send, waiting } from "./fetch-exchange.ts";

test("a fetch of what is on the disk only is answered when that has answered, and keeps no other waiting", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t", 2);
  const cold = send(broker, LATEST, request([{ fetchOffset: 0 }]));
  expect(cold.response).toBeUndefined();
  disk.isCold = false;
  expect(fetched(send(broker, LATEST, request([{ fetchOffset: 0 }])))).toEqual([[0]]);
  expect(cold.response).toBeUndefined();
  await disk.answer();
  expect(fetched(cold)).toEqual([[0]]);
});

test("what is on the disk in several places is asked for place by place", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t");
  const cold = send(broker, LATEST, request([{ fetchOffset: 0 }]));
  for (let place = 1; place < 5; place++) {
    expect(disk.asked).toBe(place);
    await disk.answer();
  }
  disk.isCold = false;
  await disk.answer();
  expect(fetched(cold)).toEqual([[0]]);
});

test("a fetch that finds something else missing again and again waits for the disk in the end", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t");
  const cold = send(broker, LATEST, request([{ fetchOffset: 0 }]));
  for (let place = 0; place < 100 && cold.response === undefined; place++) await disk.answer();
  expect(fetched(cold)).toEqual([[0]]);
  expect(disk.asked).toBe(16);
});

test("a fetch that finds nothing new afterwards waits for records, as ever", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  const cold = send(broker, LATEST, request([{ fetchOffset: 0 }], waiting));
  disk.isCold = false;
  await disk.answer();
  expect(cold.response).toBeUndefined();
  broker.append("t");
  expect(fetched(cold)).toEqual([[0]]);
});

test("the fetch of a session tells of a partition that has changed meanwhile", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  disk.isCold = false;
  const opening = send(broker, LATEST, request([{ topic: "t" }, { topic: "u" }], { sessionEpoch: 0 }));
  const { sessionId } = opening.response!;
  disk.isCold = true;
  const named = request([{ topic: "t", fetchOffset: 0 }], { sessionId, sessionEpoch: 1, ...waiting });
  const cold = send(broker, LATEST, named);
  expect(disk.asked).toBe(1);
  broker.append("u");
  disk.isCold = false;
  await disk.answer();
  expect(fetched(cold)).toEqual([[0]]);
});

test("a fetch whose session has been asked something else meanwhile is told so, and does not disturb it", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t");
  disk.isCold = false;
  const { sessionId } = send(broker, LATEST, request([{ topic: "t" }], { sessionEpoch: 0 })).response!;
  disk.isCold = true;
  const cold = send(broker, LATEST, request([{ topic: "t", fetchOffset: 0 }], { sessionId, sessionEpoch: 1 }));
  disk.isCold = false;
  const next = send(
    broker,
    LATEST,
    request([{ topic: "t", fetchOffset: 1 }], { sessionId, sessionEpoch: 2, ...waiting }),
  );
  await disk.answer();
  expect(cold.response?.errorCode).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
  expect(results(cold)).toEqual([]);
  broker.append("t");
  expect(fetched(next)).toEqual([[1]]);
});

test("an error that nobody had expected, met when the disk has answered, ends the connection and not the broker", async () => {
  const { broker, disk } = await brokerOnColdDisk();
  broker.append("t");
  const errors: unknown[] = [];
  broker.send(fetch, LATEST, request([{ fetchOffset: 0 }]), { breakDown: (error) => errors.push(error) });
  const broken = new Error("an invariant is broken");
  Object.defineProperty(broker.partition("t"), "log", {
    get() {
      throw broken;
    },
  });
  disk.isCold = false;
  await disk.answer();
  expect(errors).toEqual([broken]);
});
