/**
 * ApiVersions (18), versions 0-5: what this broker serves. The first request of nearly every connection.
 *
 * A version that is not known here is answered in version 0 with UNSUPPORTED_VERSION and the range of this API alone
 * (KIP-511); the connection layer does that before decoding. From version 5 on, a client that expected another cluster or
 * node is sent to bootstrap again (KIP-1242).
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../protocol/messages/api-versions.ts";
import { ProduceRequest } from "../protocol/messages/produce.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";

/** What KIP-511 lets a client call itself. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
/** Up to this version, clients fail on a supported feature whose lowest level is 0. */
const HIDES_ZERO_FEATURES_UNTIL = 3;
/**
 * Produce is announced from version 0, though served from version 3 only: librdkafka takes the old versions as the sign
 * that the broker knows the codecs, and sends uncompressed without them. Apache Kafka does the same (KAFKA-18659).
 */
const PRODUCE_ANNOUNCED_FROM = 0;

export const apiVersions: ApiHandler<typeof ApiVersionsRequest, typeof ApiVersionsResponse, NodeServices> = {
  request: ApiVersionsRequest,
  response: ApiVersionsResponse,
  handle(services, context, request, reply) {
    const errorCode = refusal(services, context.apiVersion, request);
    if (errorCode !== ErrorCode.NONE) {
      reply({ errorCode, apiKeys: [] });
      return;
    }
    const image = services.metadata();
    const response: Input<typeof ApiVersionsResponse> = {
      errorCode: ErrorCode.NONE,
      apiKeys: services.apiVersions.map(({ apiKey, lowest, highest }) => ({
        apiKey,
        minVersion: apiKey === ProduceRequest.apiKey ? PRODUCE_ANNOUNCED_FROM : lowest,
        maxVersion: highest,
      })),
      throttleTimeMs: 0,
      supportedFeatures: services.supportedFeatures
        .filter((feature) => context.apiVersion > HIDES_ZERO_FEATURES_UNTIL || feature.min > 0)
        .map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
      finalizedFeaturesEpoch: image.offset,
      finalizedFeatures: [...image.features]
        .filter(([, level]) => level > 0)
        .map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
      zkMigrationReady: false,
    };
    reply(response);
  },
};

function refusal(services: NodeServices, apiVersion: number, request: Infer<typeof ApiVersionsRequest>): number {
  if (apiVersion >= 3) {
    const named = SOFTWARE_NAME.test(request.clientSoftwareName) && SOFTWARE_NAME.test(request.clientSoftwareVersion);
    if (!named) return ErrorCode.INVALID_REQUEST;
  }
  if (apiVersion >= 5) {
    const otherCluster = request.clusterId !== null && request.clusterId !== services.clusterId;
    const otherNode = request.nodeId !== -1 && request.nodeId !== services.nodeId;
    if (otherCluster || otherNode) return ErrorCode.REBOOTSTRAP_REQUIRED;
  }
  return ErrorCode.NONE;
}
