import { expect, test } from "vitest";
import { ManualClock } from "../../../adapters/simulator/index.ts";
import { ProducerIdPool } from "../../../src/coordinator/transaction/producer-id-pool.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";

type BlockDone = (errorCode: number, firstProducerId: number, count: number) => void;

function setUp() {
  const clock = new ManualClock();
  const requests: BlockDone[] = [];
  const answers: string[] = [];
  const pool = new ProducerIdPool({ clock, requestBlock: (done) => void requests.push(done) });
  const allocate = (count = 1) => {
    for (let n = 0; n < count; n++) pool.allocate((errorCode, id) => void answers.push(`${errorCode}:${id}`));
  };
  return { clock, requests, answers, allocate };
}

test("requests wait for the first block and share one question to the controller", () => {
  const { requests, answers, allocate } = setUp();
  allocate(3);
  expect(answers).toEqual([]);
  expect(requests.length).toBe(1);
  requests[0]!(ErrorCode.NONE, 5_000, 1_000);
  expect(answers).toEqual(["0:5000", "0:5001", "0:5002"]);
});

test("the next block is asked for at nine tenths, and no id is given twice or left out", () => {
  const { requests, answers, allocate } = setUp();
  allocate();
  requests[0]!(ErrorCode.NONE, 0, 10);
  allocate(8);
  expect(requests.length).toBe(1);
  allocate();
  expect(requests.length).toBe(2);
  requests[1]!(ErrorCode.NONE, 2_000, 10);
  allocate(2);
  expect(answers).toEqual([...Array.from({ length: 10 }, (_, id) => `0:${id}`), "0:2000", "0:2001"]);
});

test("without a block clients are told to retry, and the controller is left alone for a while", () => {
  const { clock, requests, answers, allocate } = setUp();
  allocate();
  requests[0]!(ErrorCode.STALE_BROKER_EPOCH, 0, 0);
  allocate();
  const retry = `${ErrorCode.COORDINATOR_LOAD_IN_PROGRESS}:-1`;
  expect(answers).toEqual([retry, retry]);
  expect(requests.length).toBe(1);
  clock.advance(50);
  allocate();
  expect(requests.length).toBe(2);
});

test("a block that overlaps the present one is not used", () => {
  const { requests, answers, allocate } = setUp();
  allocate();
  requests[0]!(ErrorCode.NONE, 0, 2);
  allocate();
  requests[1]?.(ErrorCode.NONE, 1, 1_000);
  allocate();
  expect(answers.slice(0, 2)).toEqual(["0:0", "0:1"]);
  expect(answers[2]).toBe(`${ErrorCode.COORDINATOR_LOAD_IN_PROGRESS}:-1`);
});
