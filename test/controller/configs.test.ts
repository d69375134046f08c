import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AlterConfigsRequest } from "../../src/protocol/messages/alter-configs.ts";
import { IncrementalAlterConfigsRequest } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { contextOf, TestController } from "./test-controller.ts";

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;
const TOPIC = 2;
const BROKER = 4;
const GROUP = 32;

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
  await node.brokersUp(1);
  await node.createTopic({ name: "t" });
});

type Change = [name: string, operation: number, value: string | null];

async function alter(resourceType: number, resourceName: string, changes: Change[], validateOnly = false) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const { responses } = await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
    resources: [{ resourceType, resourceName, configs }],
    validateOnly,
  });
  expect(responses).toHaveLength(1);
  return { errorCode: responses[0]!.errorCode, errorMessage: responses[0]!.errorMessage };
}

const OK = { errorCode: 0, errorMessage: null };

function configsOf(type: number, name: string): Record<string, string> {
  return Object.fromEntries(node.image.configs.get(type, name));
}

describe("IncrementalAlterConfigs", () => {
  test("sets and deletes single settings of a topic, and leaves the others alone", async () => {
    expect(
      await alter(TOPIC, "t", [
        ["retention.ms", SET, "5"],
        ["segment.bytes", SET, "2000000"],
      ]),
    ).toEqual(OK);
    expect(
      await alter(TOPIC, "t", [
        ["retention.ms", DELETE, null],
        ["retention.bytes", SET, "7"],
      ]),
    ).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "segment.bytes": "2000000", "retention.bytes": "7" });
    expect(node.deltas.at(-1)!.configs).toMatchObject([{ type: TOPIC, name: "t" }]);
  });

  test("appends to a list and subtracts from it, starting from the default", async () => {
    expect(await alter(TOPIC, "t", [["cleanup.policy", APPEND, "compact"]])).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "cleanup.policy": "delete,compact" });
    expect(await alter(TOPIC, "t", [["cleanup.policy", APPEND, "compact"]])).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "cleanup.policy": "delete,compact" });
    expect(await alter(TOPIC, "t", [["cleanup.policy", SUBTRACT, "delete"]])).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "cleanup.policy": "compact" });
    expect(await alter(TOPIC, "t", [["cleanup.policy", APPEND, "delete,delete,"]])).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "cleanup.policy": "compact,delete" });
    expect(await alter(TOPIC, "t", [["retention.ms", APPEND, "5"]])).toEqual({
      errorCode: ErrorCode.INVALID_CONFIG,
      errorMessage: "Can't APPEND to key retention.ms because its type is not LIST.",
    });
  });

  test("refuses a list that has grown beyond what a record can hold, and keeps the one before", async () => {
    const name = "leader.replication.throttled.replicas";
    const half = Array.from({ length: 2_500 }, (_, index) => `${index}:1`).join(",");
    const others = Array.from({ length: 2_500 }, (_, index) => `${index + 2_500}:100`).join(",");
    expect(await alter(TOPIC, "t", [[name, APPEND, half]])).toEqual(OK);
    const endOffset = node.raft.logEndOffset;
    expect(await alter(TOPIC, "t", [[name, APPEND, others]])).toEqual({
      errorCode: ErrorCode.INVALID_CONFIG,
      errorMessage: `The value of ${name} is longer than 32767 bytes.`,
    });
    expect(node.raft.logEndOffset).toBe(endOffset);
    expect(configsOf(TOPIC, "t")).toEqual({ [name]: half });
    expect(await alter(TOPIC, "t", [[name, APPEND, "0:1"]])).toEqual(OK);
  });

  test("takes back what turns out to be unwritable", async () => {
    const group = "g".repeat(40_000);
    const setting: Change[] = [["consumer.session.timeout.ms", SET, "50000"]];
    await expect(alter(GROUP, group, setting)).rejects.toThrow();
    // Were the setting still there, this would find nothing to change.
    await expect(alter(GROUP, group, setting)).rejects.toThrow();
    expect(await alter(TOPIC, "t", [["retention.ms", SET, "5"]])).toEqual(OK);
    expect(configsOf(TOPIC, "t")).toEqual({ "retention.ms": "5" });
  });

  test("writes nothing for a topic setting that has its value already, but tells brokers again of theirs", async () => {
    await alter(TOPIC, "t", [["retention.ms", SET, "5"]]);
    const endOffset = node.raft.logEndOffset;
    expect(await alter(TOPIC, "t", [["retention.ms", SET, "5"]])).toEqual(OK);
    expect(node.raft.logEndOffset).toBe(endOffset);
    await alter(BROKER, "1", [["log.cleaner.threads", SET, "2"]]);
    await alter(BROKER, "1", [["log.cleaner.threads", SET, "2"]]);
    expect(node.raft.logEndOffset).toBe(endOffset + 2);
  });

  test("sets what all brokers, one broker and a group use", async () => {
    expect(await alter(BROKER, "", [["log.cleaner.threads", SET, "2"]])).toEqual(OK);
    expect(await alter(BROKER, "1", [["log.cleaner.threads", SET, "3"]])).toEqual(OK);
    expect(await alter(GROUP, "g", [["consumer.session.timeout.ms", SET, "50000"]])).toEqual(OK);
    expect(configsOf(BROKER, "")).toMatchObject({ "log.cleaner.threads": "2" });
    expect(configsOf(BROKER, "1")).toEqual({ "log.cleaner.threads": "3" });
    expect(configsOf(GROUP, "g")).toEqual({ "consumer.session.timeout.ms": "50000" });
  });

  test("with validateOnly writes nothing, and finds the same faults", async () => {
    const endOffset = node.raft.logEndOffset;
    expect(await alter(TOPIC, "t", [["retention.ms", SET, "5"]], true)).toEqual(OK);
    expect(await alter(TOPIC, "t", [["retention.ms", SET, "x"]], true)).toMatchObject({
      errorCode: ErrorCode.INVALID_CONFIG,
    });
    expect(node.raft.logEndOffset).toBe(endOffset);
  });

  test("changes all settings of a resource or none", async () => {
    expect(
      await alter(TOPIC, "t", [
        ["retention.ms", SET, "5"],
        ["segment.bytes", SET, "x"],
      ]),
    ).toMatchObject({
      errorCode: ErrorCode.INVALID_CONFIG,
    });
    expect(configsOf(TOPIC, "t")).toEqual({});
  });

  test.each<[string, number, string, Change[], number, string]>([
    [
      "a topic that is not there",
      TOPIC,
      "x",
      [["retention.ms", SET, "5"]],
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      "The topic 'x' does not exist.",
    ],
    [
      "no topic at all",
      TOPIC,
      "",
      [["retention.ms", SET, "5"]],
      ErrorCode.INVALID_REQUEST,
      "Default topic resources are not allowed.",
    ],
    [
      "a topic name that is none",
      TOPIC,
      "a b",
      [],
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      "a broker that is not there",
      BROKER,
      "5",
      [["log.cleaner.threads", SET, "2"]],
      ErrorCode.BROKER_ID_NOT_REGISTERED,
      "No node with id 5 found.",
    ],
    [
      "a broker name that is no number",
      BROKER,
      "one",
      [],
      ErrorCode.INVALID_REQUEST,
      "Unable to parse broker name as a base 10 number.",
    ],
    ["a negative broker", BROKER, "-1", [], ErrorCode.INVALID_REQUEST, "Invalid negative broker ID."],
    ["a group without a name", GROUP, "", [], ErrorCode.INVALID_REQUEST, "Default group resources are not allowed."],
    ["a resource of an unknown type", 99, "x", [], ErrorCode.UNSUPPORTED_VERSION, "Unknown resource type 99."],
    [
      "a key twice",
      TOPIC,
      "t",
      [
        ["retention.ms", SET, "5"],
        ["retention.ms", SET, "6"],
      ],
      ErrorCode.INVALID_REQUEST,
      "Error due to duplicate config keys",
    ],
    [
      "a null value",
      TOPIC,
      "t",
      [["retention.ms", SET, null]],
      ErrorCode.INVALID_REQUEST,
      "Null value not supported for : retention.ms",
    ],
    [
      "an unknown operation",
      TOPIC,
      "t",
      [["retention.ms", 9, "5"]],
      ErrorCode.INVALID_REQUEST,
      "Unknown config operation 9 for key retention.ms.",
    ],
    [
      "an unknown key",
      TOPIC,
      "t",
      [["no.such", SET, "5"]],
      ErrorCode.INVALID_CONFIG,
      "Unknown topic config name: no.such",
    ],
    [
      "one broker's minimum of in-sync replicas",
      BROKER,
      "1",
      [["min.insync.replicas", SET, "2"]],
      ErrorCode.INVALID_CONFIG,
      "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
    ],
    [
      "the cluster's minimum, to take it away",
      BROKER,
      "",
      [["min.insync.replicas", DELETE, null]],
      ErrorCode.INVALID_CONFIG,
      "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
    ],
  ])("refuses %s", async (_, type, name, changes, errorCode, errorMessage) => {
    expect(await alter(type, name, changes)).toEqual({ errorCode, errorMessage });
  });

  test("answers each resource by itself; one named twice fails", async () => {
    const configs = [{ name: "retention.ms", configOperation: SET, value: "5" }];
    await node.createTopic({ name: "u" });
    const { responses } = await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
      resources: ["t", "u", "u", "x"].map((resourceName) => ({ resourceType: TOPIC, resourceName, configs })),
      validateOnly: false,
    });
    expect(
      responses.map(({ resourceName, errorCode, errorMessage }) => [resourceName, errorCode, errorMessage]),
    ).toEqual([
      ["t", 0, null],
      ["u", ErrorCode.INVALID_REQUEST, "Each resource must appear at most once."],
      ["x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic 'x' does not exist."],
    ]);
  });

  test("changes for those who may alter the resource", async () => {
    const resource = (resourceType: number, resourceName: string) => ({ resourceType, resourceName, configs: [] });
    const { responses } = await node.send(
      node.controller.incrementalAlterConfigs,
      IncrementalAlterConfigsRequest,
      {
        resources: [resource(TOPIC, "t"), resource(BROKER, ""), resource(GROUP, "g"), resource(GROUP, "mine")],
        validateOnly: false,
      },
      contextOf(1, "11 3 mine"),
    );
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
      ErrorCode.GROUP_AUTHORIZATION_FAILED,
      ErrorCode.NONE,
    ]);
  });
});

describe("AlterConfigs", () => {
  test("replaces all settings: what it does not name goes back to the default", async () => {
    await alter(TOPIC, "t", [
      ["retention.ms", SET, "5"],
      ["segment.bytes", SET, "2000000"],
    ]);
    const { responses } = await node.send(node.controller.alterConfigs, AlterConfigsRequest, {
      resources: [
        { resourceType: TOPIC, resourceName: "t", configs: [{ name: "segment.bytes", value: "3000000" }] },
        { resourceType: TOPIC, resourceName: "x", configs: [] },
      ],
      validateOnly: false,
    });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
    expect(configsOf(TOPIC, "t")).toEqual({ "segment.bytes": "3000000" });
  });
});
