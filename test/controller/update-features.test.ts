import { describe, expect, test } from "vitest";
import { featureLevelRecord } from "../../src/controller/record-factory.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { IncrementalAlterConfigsRequest } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { UnregisterBrokerRequest } from "../../src/protocol/messages/unregister-broker.ts";
import { UpdateFeaturesRequest } from "../../src/protocol/messages/update-features.ts";
import { contextOf, started, type TestController, uuid } from "./test-controller.ts";

describe("UpdateFeatures", () => {
  const update = async (
    node: TestController,
    feature: string,
    maxVersionLevel: number,
    options: { upgradeType?: number; validateOnly?: boolean } = {},
  ) => {
    const { upgradeType = 1, validateOnly = false } = options;
    const { errorCode, errorMessage } = await node.send(node.controller.updateFeatures, UpdateFeaturesRequest, {
      featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
      validateOnly,
    });
    return [errorCode, errorMessage];
  };
  const prefix = "The update failed for all features since the following feature had an error: ";

  test("changes the level of a feature", async () => {
    const node = await started();
    const feature = "eligible.leader.replicas.version";
    expect(await update(node, feature, 0, { upgradeType: 2, validateOnly: true })).toEqual([0, null]);
    expect(node.image.features.get(feature)).toBe(1);
    expect(await update(node, feature, 0, { upgradeType: 2 })).toEqual([0, null]);
    expect(node.image.features.has(feature)).toBe(false);
    expect(await update(node, feature, 1)).toEqual([0, null]);
    expect(node.image.features.get(feature)).toBe(1);
  });

  test("takes the last level that is named for a feature, and answers each", async () => {
    const node = await started();
    const feature = "eligible.leader.replicas.version";
    const featureUpdates = [1, 0].map((maxVersionLevel) => ({ feature, maxVersionLevel, upgradeType: 2 }));
    const updated = await node.send(node.controller.updateFeatures, UpdateFeaturesRequest, { featureUpdates });
    const result = { feature, errorCode: ErrorCode.NONE, errorMessage: "NONE" };
    expect(updated).toMatchObject({ errorCode: ErrorCode.NONE, results: [result, result] });
    expect(node.image.features.has(feature)).toBe(false);
  });

  test("turns off what is not built, as it is", async () => {
    expect(await update(await started(), "transaction.version", 0)).toEqual([0, null]);
  });

  test.each([
    [
      "transaction.version",
      2,
      1,
      "Invalid update version 2 for feature transaction.version. Local controller 1 does not support this feature.",
    ],
    [
      "no.such.feature",
      0,
      1,
      "Invalid update version 0 for feature no.such.feature. Feature no.such.feature not found.",
    ],
    [
      "eligible.leader.replicas.version",
      2,
      1,
      "Invalid update version 2 for feature eligible.leader.replicas.version. Local controller 1 only supports versions 0-1",
    ],
    [
      "eligible.leader.replicas.version",
      -1,
      1,
      "Invalid update version -1 for feature eligible.leader.replicas.version. A feature version cannot be less than 0.",
    ],
    [
      "eligible.leader.replicas.version",
      0,
      1,
      "Invalid update version 0 for feature eligible.leader.replicas.version. Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    ],
    [
      "eligible.leader.replicas.version",
      1,
      9,
      "Invalid update version 1 for feature eligible.leader.replicas.version. The controller does not support the given upgrade type.",
    ],
    [
      "kraft.version",
      0,
      2,
      "Invalid update version 0 for feature kraft.version. Can't downgrade the version of this feature.",
    ],
    [
      "kraft.version",
      2,
      1,
      "Invalid update version 2 for feature kraft.version. Local controller 1 only supports versions 0-1",
    ],
    [
      "metadata.version",
      32,
      2,
      "Unsupported metadata.version downgrade from 33 to 32. Refusing to perform the requested downgrade because it might delete metadata information.",
    ],
    [
      "metadata.version",
      32,
      3,
      "Unsupported metadata.version downgrade from 33 to 32. Unsafe metadata downgrade is not supported in this version.",
    ],
  ])("refuses %s at %i as %i", async (feature, level, upgradeType, message) => {
    const node = await started();
    expect(await update(node, feature, level, { upgradeType })).toEqual([
      ErrorCode.INVALID_UPDATE_VERSION,
      prefix + message,
    ]);
  });

  test("takes a quorum of configured voters to the kraft.version that writes them into the log", async () => {
    const node = await started({ kraftVersion: 0 });
    const voters = () => node.raft.describe().voters.map(({ id, directoryId }) => [id, directoryId]);
    expect(await update(node, "kraft.version", 1, { validateOnly: true })).toEqual([0, null]);
    expect([node.image.features.get("kraft.version"), voters()]).toEqual([undefined, [[1, uuid(0, 0)]]]);
    expect(await update(node, "kraft.version", 1)).toEqual([0, null]);
    expect([node.image.features.get("kraft.version"), voters()]).toEqual([1, [[1, uuid(1, 1)]]]);
    expect(node.batches.flatMap(({ control }) => control.map(({ type }) => type)).slice(-2)).toEqual([
      "kraftVersion",
      "voters",
    ]);
    const records = node.committed.length;
    expect(await update(node, "kraft.version", 1)).toEqual([0, null]);
    expect(node.committed.length).toBe(records);
  });

  test("goes back to a metadata.version whose nodes can read all that is written", async () => {
    const node = await started({ bootstrap: [featureLevelRecord("metadata.version", 31)] });
    expect(await update(node, "metadata.version", 30, { upgradeType: 2 })).toEqual([0, null]);
    expect(node.image.features.get("metadata.version")).toBe(30);
  });

  test("with eligible leader replicas the minimum of in-sync replicas becomes one setting for all brokers", async () => {
    const node = await started({ bootstrap: [featureLevelRecord("metadata.version", 33)] });
    await node.brokersUp(1);
    const change = { name: "min.insync.replicas", configOperation: 0, value: "2" };
    await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
      resources: [{ resourceType: 4, resourceName: "1", configs: [change] }],
      validateOnly: false,
    });
    const minimumOf = (name: string) => node.image.configs.get(4, name).get("min.insync.replicas");
    expect([minimumOf("1"), minimumOf("")]).toEqual(["2", undefined]);
    await node.send(node.controller.unregisterBroker, UnregisterBrokerRequest, { brokerId: 1 });
    expect(await update(node, "eligible.leader.replicas.version", 1)).toEqual([0, null]);
    expect([minimumOf("1"), minimumOf("")]).toEqual([undefined, "1"]);
  });

  test("refuses a level that some broker cannot work at", async () => {
    const node = await started({ bootstrap: [featureLevelRecord("metadata.version", 30)] });
    await node.register(1, {
      features: [{ name: "metadata.version", minSupportedVersion: 30, maxSupportedVersion: 31 }],
    });
    expect(await update(node, "metadata.version", 31)).toEqual([0, null]);
    expect(await update(node, "metadata.version", 33)).toEqual([
      ErrorCode.INVALID_UPDATE_VERSION,
      `${prefix}Invalid update version 33 for feature metadata.version. Broker 1 only supports versions 30-31`,
    ]);
  });

  test("is for those who may alter the cluster", async () => {
    const node = await started();
    const request = { featureUpdates: [] };
    const response = await node.send(node.controller.updateFeatures, UpdateFeaturesRequest, request, contextOf(2));
    expect(response.errorCode).toBe(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
  });
});
