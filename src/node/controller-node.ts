import type { Config } from "../config/config.ts";
import type { Controller } from "../controller/controller.ts";
import { QuorumController } from "../controller/quorum-controller.ts";
import type { Runtime } from "../runtime.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { ApiTable, advertisedApis } from "../server/api-table.ts";
import { BrokerWatch } from "../server/broker-watch.ts";
import type { ControllerServices } from "../server/services.ts";
import type { AdvertisedListener } from "./broker-lifecycle.ts";
import { ControllerRegistration } from "./controller-registration.ts";
import type { MetadataQuorum } from "./metadata-quorum.ts";
import { newUuid } from "./storage-format.ts";
import { supportedFeatures } from "./supported-features.ts";

export interface ControllerNodeOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly clusterId: string;
  readonly quorum: MetadataQuorum;
  /** The listener by which brokers reach each other. */
  readonly interBrokerListenerName: string;
  readonly handlers: readonly ApiHandler<never, never, never>[];
}

/** The controller of a node with that role: active while the node leads the metadata quorum, ready to be it otherwise. */
export class ControllerNode {
  readonly controller: QuorumController;
  readonly apis: ApiTable;
  readonly #options: ControllerNodeOptions;
  #registration: ControllerRegistration | undefined = undefined;

  /** Before the quorum starts. */
  constructor(options: ControllerNodeOptions) {
    const { runtime, config, clusterId, quorum, handlers } = options;
    this.#options = options;
    this.controller = new QuorumController({
      runtime,
      raft: quorum.raft,
      clusterId,
      config,
      onActivated: () => watch?.activated(quorum.raft.takeGoneLeader()),
    });
    const watch = config["polylog.fast.failover"] ? this.#brokerWatch(options) : undefined;
    const services: ControllerServices = {
      runtime,
      nodeId: config["node.id"],
      brokerId: undefined,
      clusterId,
      config,
      apiVersions: advertisedApis(handlers),
      supportedFeatures: supportedFeatures(),
      metadata: () => quorum.loader.image,
      controller: this.controller,
      controllerLeaderId: () => quorum.raft.leaderId,
      raft: quorum.raft,
      isActiveController: () => this.controller.isActive,
      brokerWatch: watch,
      apis: () => this.apis,
    };
    this.apis = new ApiTable(handlers, services);
  }

  /** Makes this controller known to the active one, as soon as there is one. */
  register(active: Controller, listeners: readonly AdvertisedListener[]): void {
    const { runtime, config, quorum } = this.#options;
    const registration = new ControllerRegistration({
      runtime,
      controller: active,
      controllerId: config["node.id"],
      incarnationId: newUuid(runtime.random),
      listeners,
      features: supportedFeatures(),
    });
    this.#registration = registration;
    quorum.loader.register(registration);
    registration.start(quorum.loader.image);
  }

  #brokerWatch({ runtime, config, quorum, interBrokerListenerName }: ControllerNodeOptions): BrokerWatch {
    return new BrokerWatch({
      runtime,
      nodeId: config["node.id"],
      listenerName: interBrokerListenerName,
      metadata: () => quorum.loader.image,
      isActiveController: () => this.controller.isActive,
      fence: (brokerId, brokerEpoch) => this.controller.fenceBroker(brokerId, brokerEpoch),
    });
  }

  close(): void {
    this.#registration?.close();
  }
}
