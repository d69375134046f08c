/** PushTelemetry (72), version 0: brings a client's metrics (KIP-714). */
import { boolean, bytes, field, type Infer, int8, int16, int32, message, uuid } from "../schema.ts";

export const PushTelemetryRequest = message(
  { name: "PushTelemetryRequest", apiKey: 72, validVersions: "0", flexibleVersions: "0+" },
  {
    clientInstanceId: uuid,
    subscriptionId: int32,
    terminating: boolean,
    compressionType: int8,
    metrics: bytes,
  },
);
export type PushTelemetryRequest = Infer<typeof PushTelemetryRequest>;

export const PushTelemetryResponse = message(
  { name: "PushTelemetryResponse", apiKey: 72, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
  },
);
export type PushTelemetryResponse = Infer<typeof PushTelemetryResponse>;
