import { expect, test } from "vitest";
import { FeatureManager, UpgradeType } from "../../src/controller/feature-manager.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { Timeline } from "../../src/timeline/timeline.ts";

test("kraft.version goes up only when the quorum says that it can, in the quorum's words", () => {
  const problem = "Invalid upgrade of kraft.version to 1 because not all of the voters support it";
  const quorum = { kraftVersion: 0, kraftVersionProblem: () => problem };
  const features = new FeatureManager({ timeline: new Timeline(), nodeId: 1, quorum });
  const update = { feature: "kraft.version", level: 1, upgradeType: UpgradeType.UPGRADE };
  expect(features.update([update], [])).toEqual({
    errorCode: ErrorCode.INVALID_UPDATE_VERSION,
    errorMessage: problem,
  });
});
