import { expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Controller } from "../../src/controller/controller.ts";
import { BrokerLifecycle } from "../../src/node/broker-lifecycle.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { BrokerHeartbeatRequest } from "../../src/protocol/messages/broker-heartbeat.ts";

/** A controller that says what the test wants, and keeps what it was told. */
function bench(registrationErrors: number[] = [], finalizedFeatures: ReadonlyMap<string, number> = new Map()) {
  const runtime = createSimulatedRuntime({ seed: 3 });
  const heartbeats: BrokerHeartbeatRequest[] = [];
  let answer = () => {};
  const state = { isFenced: true, shouldShutDown: false, registrations: 0, isSilent: false, errorCode: 0 };
  const controller = {
    registerBroker: (_context, _request, reply) => {
      const errorCode = registrationErrors[state.registrations++] ?? ErrorCode.NONE;
      reply({ errorCode, brokerEpoch: errorCode === ErrorCode.NONE ? 42 : -1 });
    },
    brokerHeartbeat: (_context, request, reply) => {
      heartbeats.push(request);
      const { isFenced, shouldShutDown, isSilent, errorCode } = state;
      answer = () => reply({ errorCode, isCaughtUp: true, isFenced, shouldShutDown });
      if (!isSilent) answer();
    },
  } as Partial<Controller> as Controller;
  const lifecycle = new BrokerLifecycle({
    runtime,
    controller,
    brokerId: 1,
    clusterId: "cluster",
    incarnationId: "incarnation",
    listeners: [],
    features: [{ name: "metadata.version", min: 30, max: 33 }],
    finalizedFeatures: () => finalizedFeatures,
    rack: null,
    logDirs: new Map([
      ["/d1", "id-1"],
      ["/d2", "id-2"],
    ]),
    previousBrokerEpoch: -1,
    appliedOffset: () => 50,
    heartbeatIntervalMs: 2_000,
    registrationTimeoutMs: 10_000,
  });
  return { runtime, heartbeats, state, lifecycle, answerLast: () => answer() };
}

test("a broker registers as soon as the controller lets it", async () => {
  const { runtime, state, lifecycle } = bench([ErrorCode.NOT_CONTROLLER, ErrorCode.DUPLICATE_BROKER_REGISTRATION]);
  const registered = lifecycle.register();
  await runtime.clock.advanceWithPromises(1_000);
  expect(await registered).toBe(42);
  expect(state.registrations).toBe(3);
});

test("a broker whose id another one has asks ever less often, until its time is up", async () => {
  const { runtime, state, lifecycle } = bench(new Array(100).fill(ErrorCode.DUPLICATE_BROKER_REGISTRATION));
  const refusal = lifecycle.register().catch((error: Error) => error.message);
  await runtime.clock.advanceWithPromises(11_000);
  expect(await refusal).toMatch(/DUPLICATE_BROKER_REGISTRATION/);
  expect(state.registrations).toBeGreaterThan(20);
  expect(state.registrations).toBeLessThan(30);
});

test("a broker that the controller refuses for good does not start, and says why", async () => {
  const { lifecycle } = bench([ErrorCode.INVALID_REGISTRATION]);
  await expect(lifecycle.register()).rejects.toThrow(/broker 1.*INVALID_REGISTRATION/);
});

test("a broker without a feature of the cluster names it, its levels, and the way out", async () => {
  const { lifecycle } = bench(
    [ErrorCode.UNSUPPORTED_VERSION],
    new Map([
      ["metadata.version", 33],
      ["share.version", 2],
      ["streams.version", 1],
    ]),
  );
  await expect(lifecycle.register()).rejects.toThrow(
    "UNSUPPORTED_VERSION: the cluster has share.version at level 2, and this node supports only level 0; " +
      "the cluster has streams.version at level 1, and this node supports only level 0. To let it in, run " +
      "kafka-features --bootstrap-server HOST:PORT downgrade --feature share.version=0 --feature streams.version=0",
  );
});

test("a broker that supports neither so old nor so new levels says both", async () => {
  const { lifecycle } = bench(
    [ErrorCode.UNSUPPORTED_VERSION],
    new Map([
      ["metadata.version", 25],
      ["group.version", 1],
    ]),
  );
  await expect(lifecycle.register()).rejects.toThrow(
    "To let it in, run kafka-features --bootstrap-server HOST:PORT upgrade --feature metadata.version=30 and " +
      "kafka-features --bootstrap-server HOST:PORT downgrade --feature group.version=0",
  );
});

test("a broker that is refused before it has read the metadata waits for what they say, but not for long", async () => {
  const finalized = new Map<string, number>();
  const late = bench([ErrorCode.UNSUPPORTED_VERSION], finalized);
  const refusal = late.lifecycle.register().catch((error: Error) => error.message);
  await late.runtime.clock.advanceWithPromises(500);
  finalized.set("metadata.version", 29);
  await late.runtime.clock.advanceWithPromises(500);
  expect(await refusal).toMatch(
    /the cluster has metadata.version at level 29, and this node supports levels 30 to 33\. To let it in, run kafka-features --bootstrap-server HOST:PORT upgrade --feature metadata\.version=30$/,
  );

  const never = bench([ErrorCode.UNSUPPORTED_VERSION]);
  const generic = never.lifecycle.register().catch((error: Error) => error.message);
  await never.runtime.clock.advanceWithPromises(4_000);
  expect(await generic).toMatch(/UNSUPPORTED_VERSION$/);
});

test("a broker is unfenced once the controller agrees, and then keeps its session with heartbeats", async () => {
  const { runtime, heartbeats, state, lifecycle } = bench();
  await lifecycle.register();
  let isUnfenced = false;
  lifecycle.unfence().then(() => {
    isUnfenced = true;
  });
  await runtime.clock.advanceWithPromises(200);
  expect(isUnfenced).toBe(false);
  state.isFenced = false;
  await runtime.clock.advanceWithPromises(200);
  expect(isUnfenced).toBe(true);
  const before = heartbeats.length;
  await runtime.clock.advanceWithPromises(10_000);
  expect(heartbeats.length - before).toBe(5);
  expect(heartbeats.at(-1)).toMatchObject({ brokerEpoch: 42, currentMetadataOffset: 50, wantFence: false });
});

test("a new controller hears of a broker at once, and a broker whose heartbeat is under way sends no second one", async () => {
  const { runtime, heartbeats, state, lifecycle } = bench();
  await lifecycle.register();
  lifecycle.controllerChanged();
  expect(heartbeats.length).toBe(0);
  state.isFenced = false;
  void lifecycle.unfence();
  await runtime.clock.advanceWithPromises(1_000);
  const before = heartbeats.length;
  lifecycle.controllerChanged();
  expect(heartbeats.length - before).toBe(1);
  await runtime.clock.advanceWithPromises(10_000);
  expect(heartbeats.length - before).toBe(6);

  state.isSilent = true;
  await runtime.clock.advanceWithPromises(2_000);
  const asked = heartbeats.length;
  lifecycle.controllerChanged();
  expect(heartbeats.length).toBe(asked);
});

test("every directory that failed is told with each heartbeat", async () => {
  const { runtime, heartbeats, lifecycle } = bench();
  await lifecycle.register();
  lifecycle.reportFailedLogDir("/d2");
  lifecycle.reportFailedLogDir("/d1");
  lifecycle.startHeartbeats();
  await runtime.clock.advanceWithPromises(10);
  expect(heartbeats[0]!.offlineLogDirs).toEqual(["id-2", "id-1"]);
});

test("a directory that fails is told at once, or when the heartbeat that is under way has been answered", async () => {
  const { runtime, heartbeats, state, lifecycle, answerLast } = bench();
  await lifecycle.register();
  state.isFenced = false;
  void lifecycle.unfence();
  await runtime.clock.advanceWithPromises(100);
  const before = heartbeats.length;
  lifecycle.reportFailedLogDir("/d2");
  await runtime.clock.advanceWithPromises(10);
  expect(heartbeats.slice(before).map(({ offlineLogDirs }) => offlineLogDirs)).toEqual([["id-2"]]);
  lifecycle.reportFailedLogDir("/d2");
  await runtime.clock.advanceWithPromises(10);
  expect(heartbeats.length - before).toBe(1);

  state.isSilent = true;
  await runtime.clock.advanceWithPromises(2_000);
  expect(heartbeats.length - before).toBe(2);
  lifecycle.reportFailedLogDir("/d1");
  await runtime.clock.advanceWithPromises(500);
  expect(heartbeats.length - before).toBe(2);
  state.isSilent = false;
  answerLast();
  await runtime.clock.advanceWithPromises(100);
  expect(heartbeats.length - before).toBe(3);
  expect(heartbeats.at(-1)!.offlineLogDirs).toEqual(["id-2", "id-1"]);
  await runtime.clock.advanceWithPromises(1_000);
  expect(heartbeats.length - before).toBe(3);
});

test("a broker that was unregistered while it runs asks ever less often, and says so once", async () => {
  const { runtime, heartbeats, state, lifecycle } = bench();
  await lifecycle.register();
  state.errorCode = ErrorCode.STALE_BROKER_EPOCH;
  lifecycle.startHeartbeats();
  await runtime.clock.advanceWithPromises(60_000);
  expect(heartbeats.length).toBeLessThan(40);
  expect(heartbeats.length).toBeGreaterThan(30);
  expect(runtime.log.lines.filter(({ line }) => line.includes("STALE_BROKER_EPOCH"))).toHaveLength(1);
  state.errorCode = ErrorCode.NONE;
  await runtime.clock.advanceWithPromises(2_000);
  const before = heartbeats.length;
  await runtime.clock.advanceWithPromises(10_000);
  expect(heartbeats.length - before).toBe(5);
});

test("a controlled shutdown ends when the controller says so, or when its time is up", async () => {
  const willing = bench();
  await willing.lifecycle.register();
  willing.state.shouldShutDown = true;
  await willing.lifecycle.controlledShutdown(5_000);
  expect(willing.heartbeats.at(-1)!.wantShutDown).toBe(true);

  const unwilling = bench();
  await unwilling.lifecycle.register();
  let isDone = false;
  unwilling.lifecycle.controlledShutdown(5_000).then(() => {
    isDone = true;
  });
  await unwilling.runtime.clock.advanceWithPromises(4_900);
  expect(isDone).toBe(false);
  await unwilling.runtime.clock.advanceWithPromises(200);
  expect(isDone).toBe(true);
});
