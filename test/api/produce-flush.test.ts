import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { brokerWithTopic, firstResult, LATEST, request, send } from "./produce-requests.ts";

describe("flush.messages", () => {
  test.each([-1, 1])("has acks=%i wait until the records are on the disk, and readers too", async (acks) => {
    const broker = await brokerWithTopic({ config: { "flush.messages": 2 } });
    const log = broker.partition("t").log!;
    const synced = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    expect(firstResult(send(broker, LATEST, request("t", broker.batch(1), { acks })))?.errorCode).toBe(0);
    log.segments[0]!.file.sync = () => {
      reached.resolve();
      return synced.promise;
    };
    const exchange = send(broker, LATEST, request("t", broker.batch(1), { acks }));
    const behind = send(broker, LATEST, request("t", broker.batch(1), { acks: 1 }));
    await reached.promise;
    expect([exchange.response, behind.response]).toEqual([undefined, undefined]);
    expect(log.highWatermark).toBe(1);
    synced.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(firstResult(exchange)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(firstResult(behind)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(log.highWatermark).toBe(3);
    expect(log.recoveryPoint).toBeGreaterThanOrEqual(2);
  });

  test("has acks=0 wait for nothing, and a disk that does not come back is REQUEST_TIMED_OUT", async () => {
    const broker = await brokerWithTopic({ config: { "flush.messages": 1 } });
    broker.partition("t").log!.segments[0]!.file.sync = () => new Promise(() => {});
    expect(send(broker, LATEST, request("t", broker.batch(1), { acks: 0 })).response).toBeNull();
    const exchange = send(broker, LATEST, request("t", broker.batch(1), { acks: 1, timeoutMs: 500 }));
    broker.runtime.clock.advance(500);
    expect(firstResult(exchange)?.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  });
});
