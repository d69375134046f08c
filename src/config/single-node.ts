/** What a node gets when nobody says what it is: broker and controller in one process, on the loopback interface. */
import { addressText } from "./address-text.ts";

export interface SingleNodeOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 9092; 0 picks a free one. */
  readonly port?: number;
  /** Default: the port after `port`, or a free one when that is given. */
  readonly controllerPort?: number;
  /** Default: ./polylog-data. */
  readonly logDirs?: string;
}

export function singleNodeSettings(options: SingleNodeOptions = {}): Map<string, string> {
  const host = options.host ?? "127.0.0.1";
  const controllerPort = options.controllerPort ?? (options.port === undefined ? 9093 : 0);
  return new Map([
    ["process.roles", "broker,controller"],
    ["node.id", "1"],
    [
      "listeners",
      `PLAINTEXT://${addressText({ host, port: options.port ?? 9092 })},${controllerListener(controllerPort)}`,
    ],
    ["controller.listener.names", "CONTROLLER"],
    ["controller.quorum.bootstrap.servers", `127.0.0.1:${controllerPort}`],
    ["log.dirs", options.logDirs ?? "./polylog-data"],
    // One broker can hold one replica; Kafka's defaults of 3 would leave groups and transactions without their topics.
    ["offsets.topic.replication.factor", "1"],
    ["transaction.state.log.replication.factor", "1"],
    ["transaction.state.log.min.isr", "1"],
    ["share.coordinator.state.topic.replication.factor", "1"],
    ["share.coordinator.state.topic.min.isr", "1"],
    // Nobody else is about to join, so the first rebalance need not wait for them.
    ["group.initial.rebalance.delay.ms", "0"],
  ]);
}

/**
 * Defaults that fit under what was given: none when it says what the node is. Somebody who moves the broker's listener
 * need not know that there is a controller's: `given` is answered with one on a free port.
 */
export function singleNodeUnder(
  given: ReadonlyMap<string, string>,
  settings: ReadonlyMap<string, string> = singleNodeSettings(),
): { readonly given: ReadonlyMap<string, string>; readonly defaults: ReadonlyMap<string, string> } {
  if (given.has("process.roles")) return { given, defaults: new Map() };
  const defaults = new Map(settings);
  if (given.has("log.dir")) defaults.delete("log.dirs");
  if (given.has("broker.id")) defaults.delete("node.id");
  const listeners = given.get("listeners");
  const hasController = given.has("controller.listener.names") || /CONTROLLER:\/\//i.test(listeners ?? "");
  if (listeners === undefined) return { given, defaults };
  // They belong to the listeners that are replaced; port 0 stands for this node's own.
  defaults.delete("advertised.listeners");
  defaults.set("controller.quorum.bootstrap.servers", "127.0.0.1:0");
  if (hasController) return { given, defaults };
  return { given: new Map([...given, ["listeners", `${listeners},${controllerListener(0)}`]]), defaults };
}

function controllerListener(port: number): string {
  return `CONTROLLER://127.0.0.1:${port}`;
}
