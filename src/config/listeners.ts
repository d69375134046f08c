/** Where a node listens and what it tells others to dial: `listeners` and the keys around it, resolved and checked. */
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

export interface Endpoint {
  /** Upper case, as on the wire. */
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  /** Empty when it stands for every interface, of IPv4 and IPv6. */
  readonly host: string;
  readonly port: number;
}

export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

export interface Listeners {
  /** What the broker binds; without the controller's. */
  readonly broker: readonly Endpoint[];
  /** What the controller binds. */
  readonly controller: readonly Endpoint[];
  /** What clients and brokers are told; port 0 means the port that the listener of this name is bound to. */
  readonly advertised: readonly Endpoint[];
  readonly advertisedController: readonly Endpoint[];
  readonly interBrokerListenerName: string;
}

/** Throws a {@link ConfigError} that says what to change. */
export function resolveListeners(config: Config): Listeners {
  const protocols = securityProtocols(config);
  // First: whoever sets up TLS or SASL has no use for what else is wrong with it.
  checkSupported(config.listeners, protocols);
  const all = parseEndpoints("listeners", config.listeners, protocols);
  checkPorts(config.listeners, all);
  const isController = (endpoint: Endpoint) => controllerNames(config).includes(endpoint.listenerName);
  const given = config["advertised.listeners"];
  const advertised = given === null ? all : parseEndpoints("advertised.listeners", given, protocols);
  const listeners: Listeners = {
    broker: all.filter((endpoint) => !isController(endpoint)),
    controller: all.filter(isController),
    advertised: advertised.filter((endpoint) => !isController(endpoint)).map((it) => nameHost(config, it)),
    advertisedController: controllerNames(config).flatMap((name) => {
      const endpoint = [...advertised, ...all].find((it) => it.listenerName === name);
      return endpoint === undefined ? [] : [nameHost(config, withoutWildcard(endpoint))];
    }),
    interBrokerListenerName: interBrokerListenerName(config, protocols),
  };
  checkRoles(config, listeners, all);
  return listeners;
}

/** Advertised endpoints with the ports that port 0 became. */
export function withBoundPorts(
  advertised: readonly Endpoint[],
  boundPorts: ReadonlyMap<string, number>,
): readonly Endpoint[] {
  return advertised.map((endpoint) =>
    endpoint.port === 0 ? { ...endpoint, port: boundPorts.get(endpoint.listenerName) ?? 0 } : endpoint,
  );
}

function fail(message: string): never {
  throw new ConfigError([message]);
}

function controllerNames(config: Config): readonly string[] {
  return config["controller.listener.names"].map((name) => name.toUpperCase());
}

const SECURITY_PROTOCOLS: readonly string[] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/** Security protocol by listener name. */
function securityProtocols(config: Config): Map<string, SecurityProtocol> {
  const protocols = new Map<string, SecurityProtocol>();
  for (const entry of config["listener.security.protocol.map"].split(",")) {
    if (entry.trim() === "") continue;
    const [name, protocol, ...rest] = entry.split(":").map((part) => part.trim());
    if (!name || !protocol || rest.length > 0) {
      fail(
        `listener.security.protocol.map is a list of NAME:PROTOCOL, separated by commas, and has '${entry.trim()}'.`,
      );
    }
    if (!SECURITY_PROTOCOLS.includes(protocol.toUpperCase())) {
      const allowed = SECURITY_PROTOCOLS.join(", ");
      fail(
        `Invalid security protocol \`${protocol}\` defined in listener.security.protocol.map: use one of ${allowed}.`,
      );
    }
    protocols.set(name.toUpperCase(), protocol.toUpperCase() as SecurityProtocol);
  }
  if (!config.originals.has("listener.security.protocol.map")) addControllerDefaults(config, protocols);
  return protocols;
}

/** Without a map of the user's own, controller listeners speak PLAINTEXT, unless TLS or SASL shows up by name (KIP-631). */
function addControllerDefaults(config: Config, protocols: Map<string, SecurityProtocol>): void {
  const names = [...controllerNames(config), ...config.listeners.map((it) => it.split(":")[0]!.toUpperCase())];
  if (names.some((name) => name !== "PLAINTEXT" && SECURITY_PROTOCOLS.includes(name))) return;
  for (const name of controllerNames(config)) protocols.set(name, "PLAINTEXT");
}

function parseEndpoints(
  key: string,
  entries: readonly string[],
  protocols: ReadonlyMap<string, SecurityProtocol>,
): readonly Endpoint[] {
  const endpoints = entries.map((entry): Endpoint => {
    const parts = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?\d+)$/.exec(entry);
    if (parts === null) {
      fail(`Unable to parse ${entry} to a broker endpoint in ${key}: write NAME://host:port.`);
    }
    const [, name, host, portText] = parts as unknown as [string, string, string, string];
    const listenerName = name.toUpperCase();
    const securityProtocol = protocols.get(listenerName);
    if (securityProtocol === undefined) {
      fail(
        `No security protocol defined for listener ${listenerName} in ${key}: add it to listener.security.protocol.map.`,
      );
    }
    const port = Number(portText);
    if (port < 0 || port > 65535) fail(`The port of ${entry} in ${key} must be between 0 and 65535.`);
    return { listenerName, securityProtocol, host, port };
  });
  const names = new Set(endpoints.map(({ listenerName }) => listenerName));
  if (names.size < endpoints.length) fail(`Each listener must have a different name, ${key}: ${entries.join(",")}`);
  return endpoints;
}

/** Two listeners share a port only when one host is an IPv4 address and the other an IPv6 one (KIP-797). */
function checkPorts(entries: readonly string[], endpoints: readonly Endpoint[]): void {
  for (const one of endpoints) {
    const same = endpoints.filter(({ port }) => port === one.port && port !== 0);
    if (same.length < 2) continue;
    const versions = same.map(({ host }) => ipVersion(host)).sort();
    if (versions.length === 2 && versions[0] === 4 && versions[1] === 6) continue;
    fail(
      `Each listener must have a different port, unless one of two is IPv4 and the other IPv6. listeners: ${entries.join(",")}, port: ${one.port}`,
    );
  }
}

/** 0 for a name. */
function ipVersion(host: string): 0 | 4 | 6 {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return 4;
  return host.includes(":") ? 6 : 0;
}

function interBrokerListenerName(config: Config, protocols: ReadonlyMap<string, SecurityProtocol>): string {
  const name = config["inter.broker.listener.name"]?.toUpperCase();
  if (name === undefined) return config["security.inter.broker.protocol"];
  if (config.originals.has("security.inter.broker.protocol")) {
    fail("Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.");
  }
  if (!protocols.has(name)) {
    fail(
      `Listener with name ${name} defined in inter.broker.listener.name not found in listener.security.protocol.map.`,
    );
  }
  return name;
}

function withoutWildcard(endpoint: Endpoint): Endpoint {
  return isWildcard(endpoint.host) ? { ...endpoint, host: "" } : endpoint;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]*:[0:]*$/.test(host);
}

/** An empty host is advertised as the machine's own name. */
function nameHost(config: Config, endpoint: Endpoint): Endpoint {
  return endpoint.host === "" ? { ...endpoint, host: config.hostName } : endpoint;
}

function checkRoles(config: Config, listeners: Listeners, all: readonly Endpoint[]): void {
  const roles = config["process.roles"];
  if (roles.includes("controller")) checkController(config, listeners, all);
  else if (listeners.controller.length > 0) {
    fail(
      "controller.listener.names must not contain a value appearing in the 'listeners' configuration when process.roles is just broker.",
    );
  }
  if (roles.includes("broker")) checkBroker(config, listeners, all);
  else if (listeners.broker.length > 0) {
    fail("The listeners must all be named in controller.listener.names when process.roles is just controller.");
  }
  for (const { host, listenerName } of listeners.advertised) {
    if (!isWildcard(host)) continue;
    fail(
      `advertised.listeners cannot use the nonroutable meta-address ${host}: clients can't dial it. Set advertised.listeners to an address of this machine, for example ${listenerName}://${config.hostName}:9092.`,
    );
  }
}

function checkController(config: Config, listeners: Listeners, all: readonly Endpoint[]): void {
  if (listeners.controller.length === 0) {
    fail(
      `controller.listener.names (${config["controller.listener.names"].join(",")}) must contain at least one value appearing in the 'listeners' configuration when process.roles has controller: add a listener for it.`,
    );
  }
  const foreign = controllerNames(config).find((name) => !all.some(({ listenerName }) => listenerName === name));
  // Only that listener's own broker can be reached by it, so a second name is for brokers without the controller role.
  if (foreign !== undefined) {
    fail(`controller.listener.names has ${foreign}, which is not in 'listeners'.`);
  }
}

function checkBroker(config: Config, listeners: Listeners, all: readonly Endpoint[]): void {
  const names = listeners.advertised.map(({ listenerName }) => listenerName);
  if (names.length === 0) {
    fail(
      "There must be at least one broker advertised listener. Perhaps all listeners appear in controller.listener.names?",
    );
  }
  const foreign = names.filter((name) => !all.some(({ listenerName }) => listenerName === name));
  if (foreign.length > 0) {
    const valid = all.map(({ listenerName }) => listenerName).join(",");
    fail(
      `advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ${foreign.join(",")}; listeners has ${valid}.`,
    );
  }
  if (!names.includes(listeners.interBrokerListenerName)) {
    const key = config["inter.broker.listener.name"] === null ? "Set inter.broker.listener.name: it" : "It";
    fail(
      `inter.broker.listener.name (${listeners.interBrokerListenerName}) must be a listener name defined in advertised.listeners. ${key} can be one of ${names.join(",")}.`,
    );
  }
}

function checkSupported(entries: readonly string[], protocols: ReadonlyMap<string, SecurityProtocol>): void {
  for (const entry of entries) {
    const name = entry.split(":")[0]!.toUpperCase();
    const protocol = protocols.get(name);
    if (protocol === undefined || protocol === "PLAINTEXT") continue;
    fail(`Listener ${name} speaks ${protocol}, which this version does not support yet: only PLAINTEXT works.`);
  }
}
