import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import type { MetadataImage, MetadataListener } from "../controller/metadata-image.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { SupportedFeature } from "../server/services.ts";
import type { AdvertisedListener } from "./broker-lifecycle.ts";

const CONTROLLER_REGISTRATION_VERSION = 0;
const RETRY_BACKOFF_MS = 1_000;

export interface ControllerRegistrationOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly controller: Controller;
  readonly controllerId: number;
  /** New for each start of the process. */
  readonly incarnationId: string;
  readonly listeners: readonly AdvertisedListener[];
  readonly features: readonly SupportedFeature[];
}

/**
 * Sees to it that the metadata knows this controller, for those who ask for the controllers (KIP-919) and for upgrades of
 * features; nothing waits for it.
 */
export class ControllerRegistration implements MetadataListener {
  readonly #options: ControllerRegistrationOptions;
  #isStarted = false;
  #isPending = false;
  #cancelRetry: Cancel = () => {};
  #image: MetadataImage | undefined = undefined;

  constructor(options: ControllerRegistrationOptions) {
    this.#options = options;
  }

  start(image: MetadataImage): void {
    this.#isStarted = true;
    this.#image ??= image;
    this.#registerWhenMissing();
  }

  onBatch(_: unknown, image: MetadataImage): void {
    this.#image = image;
    this.#registerWhenMissing();
  }

  close(): void {
    this.#isStarted = false;
    this.#cancelRetry();
  }

  #registerWhenMissing(): void {
    const { controllerId, incarnationId } = this.#options;
    const isRegistered = this.#image?.controllers.get(controllerId)?.incarnationId === incarnationId;
    if (!this.#isStarted || this.#isPending || isRegistered) return;
    this.#isPending = true;
    this.#register();
  }

  #register(): void {
    const { runtime, controller, controllerId, incarnationId, listeners, features } = this.#options;
    const request = {
      controllerId,
      incarnationId,
      zkMigrationReady: false,
      listeners: [...listeners],
      features: features.map(({ name, min, max }) => ({ name, minSupportedVersion: min, maxSupportedVersion: max })),
    };
    controller.registerController(internalContext(CONTROLLER_REGISTRATION_VERSION), request, (response) => {
      const { errorCode, errorMessage } = response;
      if (!this.#isStarted) return;
      if (errorCode === ErrorCode.NONE) {
        // The record is committed, and the image will have it; until then another attempt would be one too many.
        this.#isPending = false;
        return;
      }
      if (errorCode !== ErrorCode.REQUEST_TIMED_OUT) {
        const reason = errorMessage ?? errorName(errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
        runtime.log.write("warn", `Controller ${controllerId} could not be registered: ${reason}`);
      }
      this.#cancelRetry = runtime.clock.schedule(RETRY_BACKOFF_MS, () => this.#register());
    });
  }
}
