/** What a node gets when nobody says what it is: broker and controller in one process, on the loopback interface. */

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
    ["listeners", `PLAINTEXT://${inUrl(host)}:${options.port ?? 9092},${controllerListener(controllerPort)}`],
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
 * Defaults under what was given, when it does not say what the node is. Somebody who moves the broker's listener need
 * not know that there is a controller's: it gets a free port.
 */
export function completeSingleNode(given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (given.has("process.roles")) return given;
  const settings = singleNodeSettings();
  for (const [key, value] of given) settings.set(key, value);
  const listeners = given.get("listeners");
  if (listeners !== undefined && !given.has("controller.listener.names") && !/CONTROLLER:\/\//i.test(listeners)) {
    settings.set("listeners", `${listeners},${controllerListener(0)}`);
    settings.set("controller.quorum.bootstrap.servers", "127.0.0.1:0");
  }
  if (given.has("log.dir") && !given.has("log.dirs")) settings.delete("log.dirs");
  if (given.has("broker.id") && !given.has("node.id")) settings.delete("node.id");
  return settings;
}

function controllerListener(port: number): string {
  return `CONTROLLER://127.0.0.1:${port}`;
}

function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
