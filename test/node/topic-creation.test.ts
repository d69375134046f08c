import { beforeEach, expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { Controller } from "../../src/controller/controller.ts";
import { TopicCreation, type TopicCreationOptions } from "../../src/node/topic-creation.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestController } from "../controller/test-controller.ts";

/** The requests that reach the controller, which answers when it is told to. */
let requests: { names: string[]; sizes: number[][]; answer: (errorCode?: number) => void }[];
let runtime: SimulatedRuntime;
let creation: TopicCreation;

const { config } = createConfig({ given: [], defaults: singleNodeSettings() });

function options(): TopicCreationOptions {
  const createTopics: Controller["createTopics"] = (_context, request, reply) => {
    const names = request.topics.map(({ name }) => name);
    const answer = (errorCode = 0) =>
      reply({ topics: names.map((name) => ({ name, errorCode, errorMessage: "why", configs: [] })) });
    const sizes = request.topics.map(({ numPartitions, replicationFactor }) => [numPartitions, replicationFactor]);
    requests.push({ names, sizes, answer });
  };
  const metadata = () => ({ topics: { byName: () => undefined } }) as never;
  return { runtime, config, controller: { createTopics } as Controller, metadata };
}

beforeEach(() => {
  requests = [];
  runtime = createSimulatedRuntime({ seed: 1 });
  creation = new TopicCreation(options());
});

const names = (count: number, prefix = "t") => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const warnings = () => runtime.log.lines.filter(({ level }) => level === "warn").map(({ line }) => line);

test("all names of a client's request are asked for with one request", () => {
  creation.autoCreate(["a", "not valid!", "b"]);
  creation.autoCreate(["b", "c"]);
  expect(requests.map((request) => request.names)).toEqual([["a", "b"], ["c"]]);
});

test.each([
  ["neither", [], [-1, -1]],
  ["partitions", [["num.partitions", "3"]], [3, -1]],
  ["replicas", [["default.replication.factor", "2"]], [-1, 2]],
] as const)("what the broker is not told about sizes (%s is set) is left to the controller", (_, given, sizes) => {
  const { config: told } = createConfig({ given: [new Map(given)], defaults: singleNodeSettings() });
  creation = new TopicCreation({ ...options(), config: told });
  creation.autoCreate(["a"]);
  expect(requests[0]!.sizes).toEqual([sizes]);
});

test("topics of more partitions than one batch of records holds are asked for with several requests", () => {
  const { config: wide } = createConfig({
    given: [new Map([["num.partitions", "99"]])],
    defaults: singleNodeSettings(),
  });
  creation = new TopicCreation({ ...options(), config: wide });
  creation.autoCreate(names(250));
  expect(requests.map((request) => request.names.length)).toEqual([100, 100, 50]);
});

test("names beyond what may be in flight are left alone until there is room again", () => {
  creation.autoCreate(names(1_500));
  creation.autoCreate(names(10, "more"));
  expect(requests.map((request) => request.names.length)).toEqual([1_000]);
  requests[0]!.answer();
  creation.autoCreate(names(10, "more"));
  expect(requests.map((request) => request.names.length)).toEqual([1_000, 10]);
});

test("a coordinator's topic is created however many clients' are in flight, and who waits for it is told", () => {
  creation.autoCreate(names(1_000));
  const codes: number[] = [];
  for (let caller = 0; caller < 2; caller++) {
    creation.create("__consumer_offsets", (errorCode) => void codes.push(errorCode));
  }
  expect(requests).toHaveLength(2);
  requests[1]!.answer(ErrorCode.INVALID_REPLICATION_FACTOR);
  expect(codes).toEqual([ErrorCode.INVALID_REPLICATION_FACTOR, ErrorCode.INVALID_REPLICATION_FACTOR]);
});

test("the same failure is told once a minute, with how often it happened", () => {
  const failOnce = (count: number, errorCode: number) => {
    creation.autoCreate(names(count));
    requests.at(-1)!.answer(errorCode);
  };
  failOnce(100, ErrorCode.POLICY_VIOLATION);
  failOnce(1, ErrorCode.NOT_CONTROLLER);
  expect(warnings()).toEqual(["Topic t0 could not be created: why", "Topic t0 could not be created: why"]);
  runtime.clock.advance(60_000);
  failOnce(2, ErrorCode.POLICY_VIOLATION);
  expect(warnings().slice(2)).toEqual([
    "Topic t0 could not be created: why (and 99 more like it since the last warning)",
  ]);
});

test("the controller creates all of them", async () => {
  const node = await TestController.start();
  await node.idle();
  await node.brokersUp(1);
  const { controller } = node;
  new TopicCreation({ runtime, config, controller, metadata: () => node.image }).autoCreate(["a", "b"]);
  await node.idle();
  expect([...node.image.topics].map(({ name }) => name).sort()).toEqual(["a", "b"]);
});
