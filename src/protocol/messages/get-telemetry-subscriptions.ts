/** GetTelemetrySubscriptions (71), version 0: tells a client which metrics to push (KIP-714). */
import { array, boolean, field, type Infer, int8, int16, int32, message, string, uuid } from "../schema.ts";

export const GetTelemetrySubscriptionsRequest = message(
  { name: "GetTelemetrySubscriptionsRequest", apiKey: 71, validVersions: "0", flexibleVersions: "0+" },
  {
    clientInstanceId: uuid,
  },
);
export type GetTelemetrySubscriptionsRequest = Infer<typeof GetTelemetrySubscriptionsRequest>;

export const GetTelemetrySubscriptionsResponse = message(
  { name: "GetTelemetrySubscriptionsResponse", apiKey: 71, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    clientInstanceId: uuid,
    subscriptionId: int32,
    acceptedCompressionTypes: array(int8),
    pushIntervalMs: int32,
    telemetryMaxBytes: int32,
    deltaTemporality: boolean,
    requestedMetrics: array(string),
  },
);
export type GetTelemetrySubscriptionsResponse = Infer<typeof GetTelemetrySubscriptionsResponse>;
