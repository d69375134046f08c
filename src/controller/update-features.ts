import { ErrorCode } from "../protocol/error-codes.ts";
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from "../protocol/messages/update-features.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import type { ControllerState } from "./controller-state.ts";
import { answer, type Decision } from "./decision.ts";
import { ELIGIBLE_LEADER_REPLICAS_VERSION, KRAFT_VERSION } from "./feature-levels.ts";
import { type FeatureUpdate, UpgradeType } from "./feature-manager.ts";

type Response = Input<typeof UpdateFeaturesResponse>;

/** UpdateFeatures (KIP-584, KIP-1022): all features change, or none. */
export function updateFeatures(
  { features, cluster, configs }: ControllerState,
  nodeId: number,
  { apiVersion }: ControllerRequestContext,
  request: UpdateFeaturesRequest,
): Decision<Response> {
  const updates = lastOfEach(
    request.featureUpdates.map(({ feature, maxVersionLevel, allowDowngrade, upgradeType }) => ({
      feature,
      level: maxVersionLevel,
      upgradeType: apiVersion > 0 ? upgradeType : allowDowngrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE,
    })),
  );
  const records = features.update(updates, cluster.featureSupport(nodeId));
  if (isApiError(records)) {
    const message = `The update failed for all features since the following feature had an error: ${records.errorMessage}`;
    return answer(updateFeaturesFailed(request, apiError(records.errorCode, message)));
  }
  const turnsElrOn = updates.some(({ feature, level }) => feature === ELIGIBLE_LEADER_REPLICAS_VERSION && level > 0);
  const safety = turnsElrOn ? configs.elrSafetyRecords() : [];
  const response = { throttleTimeMs: 0, ...NO_ERROR, results: request.featureUpdates.map(updated) };
  if (request.validateOnly) return answer(response);
  const kraftVersion = updates.find(({ feature }) => feature === KRAFT_VERSION)?.level;
  return { records: [...safety, ...records], kraftVersion, response };
}

/** Of a feature that is named more than once. */
function lastOfEach(updates: readonly FeatureUpdate[]): FeatureUpdate[] {
  return [...new Map(updates.map((update) => [update.feature, update])).values()];
}

/** All features fail together: none is answered by itself. */
export function updateFeaturesFailed(_request: UpdateFeaturesRequest, error: ApiError): Response {
  return { throttleTimeMs: 0, ...error, results: [] };
}

/** Read before version 2; the message is Kafka's, for there is always one. */
function updated({ feature }: UpdateFeaturesRequest["featureUpdates"][number]) {
  return { feature, errorCode: ErrorCode.NONE, errorMessage: "NONE" };
}
