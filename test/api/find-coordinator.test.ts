import { expect, test } from "vitest";
import { findCoordinator } from "../../src/api/find-coordinator.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { startGroupBroker } from "./group-broker.ts";
import { TestBroker } from "./test-broker.ts";

const found = { errorCode: 0, nodeId: 1, host: "broker-1", port: 9092 };

test.each([0, 1, 2, 3])("version %i finds the coordinator of a group", async (version) => {
  const broker = await startGroupBroker();
  const { response } = broker.send(findCoordinator, version, { key: "g" });
  expect(response).toMatchObject({ ...found, coordinators: [] });
});

test.each([4, 5, 6])("version %i finds the coordinators of several groups", async (version) => {
  const broker = await startGroupBroker();
  const { response } = broker.send(findCoordinator, version, { keyType: 0, coordinatorKeys: ["g", "", "h"] });
  expect(response?.coordinators).toEqual(["g", "", "h"].map((key) => ({ key, errorMessage: "", ...found })));
});

test("the first request creates the offsets topic, and the client asks again", async () => {
  const broker = await TestBroker.start();
  const created: string[] = [];
  Object.assign(broker.services, {
    createInternalTopic: (name: string) => created.push(name),
  });
  const { response } = broker.send(findCoordinator, 4, { coordinatorKeys: ["g"] });
  expect(response?.coordinators[0]).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1 });
  expect(created).toEqual(["__consumer_offsets"]);
});

test("a partition without a live leader has no coordinator", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("__consumer_offsets", { replicas: [7], leader: 7 });
  const { response } = broker.send(findCoordinator, 3, { key: "g" });
  expect(response).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1, host: "", port: -1 });
});

test("what is not coordinated here is an error for good, with a reason", async () => {
  const broker = await startGroupBroker();
  const transactional = broker.send(findCoordinator, 4, { keyType: 1, coordinatorKeys: ["tx"] });
  expect(transactional.response?.coordinators[0]).toMatchObject({
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    errorMessage: "This broker does not coordinate transactions",
  });
  const share = broker.send(findCoordinator, 6, { keyType: 2, coordinatorKeys: ["g:t:0"] });
  expect(share.response?.coordinators[0]?.errorCode).toBe(ErrorCode.INVALID_REQUEST);
});
