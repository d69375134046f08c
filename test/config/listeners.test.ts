import { describe, expect, test } from "vitest";
import { createConfig } from "../../src/config/create-config.ts";
import { resolveListeners, withBoundPorts } from "../../src/config/listeners.ts";

const base = {
  "node.id": "1",
  "process.roles": "broker,controller",
  "controller.listener.names": "CONTROLLER",
  listeners: "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
  "controller.quorum.bootstrap.servers": "127.0.0.1:9093",
};

type Settings = Readonly<Record<string, string>>;

function listenersOf(settings: Settings) {
  const given = new Map(Object.entries({ ...base, ...settings }));
  return resolveListeners(createConfig({ given: [given], hostName: "box.example" }).config);
}

const endpoints = (list: readonly { listenerName: string; host: string; port: number }[]) =>
  list.map(({ listenerName, host, port }) => `${listenerName}://${host}:${port}`).join(",");

/** Settings that Apache Kafka 4.4.0 takes: what it advertises to clients, and for the controller. */
const accepted: readonly (readonly [Settings, advertised: string, controller: string])[] = [
  [{}, "PLAINTEXT://127.0.0.1:9092", "CONTROLLER://127.0.0.1:9093"],
  [
    { listeners: "PLAINTEXT://:9092,CONTROLLER://:9093" },
    "PLAINTEXT://box.example:9092",
    "CONTROLLER://box.example:9093",
  ],
  [
    { listeners: "PLAINTEXT://127.0.0.1:9092,CONTROLLER://0.0.0.0:9093" },
    "PLAINTEXT://127.0.0.1:9092",
    "CONTROLLER://box.example:9093",
  ],
  [
    { listeners: "PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093", "advertised.listeners": "PLAINTEXT://h:9092" },
    "PLAINTEXT://h:9092",
    "CONTROLLER://box.example:9093",
  ],
  [{ "advertised.listeners": "PLAINTEXT://h:9092,CONTROLLER://h:9093" }, "PLAINTEXT://h:9092", "CONTROLLER://h:9093"],
  [
    { listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0" },
    "PLAINTEXT://127.0.0.1:0",
    "CONTROLLER://127.0.0.1:0",
  ],
  [
    { listeners: "plaintext://127.0.0.1:9092,controller://127.0.0.1:9093" },
    "PLAINTEXT://127.0.0.1:9092",
    "CONTROLLER://127.0.0.1:9093",
  ],
  [
    { listeners: "PLAINTEXT://[::1]:9092,CONTROLLER://127.0.0.1:9093" },
    "PLAINTEXT://::1:9092",
    "CONTROLLER://127.0.0.1:9093",
  ],
  [
    { listeners: "PLAINTEXT://[::1]:9092,CONTROLLER://127.0.0.1:9092" },
    "PLAINTEXT://::1:9092",
    "CONTROLLER://127.0.0.1:9092",
  ],
  [
    {
      listeners: "AA://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
      "listener.security.protocol.map": "AA:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "AA",
    },
    "AA://127.0.0.1:9092",
    "CONTROLLER://127.0.0.1:9093",
  ],
  [
    {
      listeners: "PLAINTEXT://127.0.0.1:9092,EXT://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093",
      "advertised.listeners": "PLAINTEXT://h:9092,EXT://h:9092",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,EXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    },
    "PLAINTEXT://h:9092,EXT://h:9092",
    "CONTROLLER://127.0.0.1:9093",
  ],
];

describe("taken, as Kafka does", () => {
  test.each(accepted)("%j", (settings, advertised, controller) => {
    const listeners = listenersOf(settings);
    expect(endpoints(listeners.advertised)).toBe(advertised);
    expect(endpoints(listeners.advertisedController)).toBe(controller);
  });
});

/** Settings that Apache Kafka 4.4.0 refuses, and what our message says. */
const refused: readonly (readonly [Settings, message: string | RegExp])[] = [
  [
    { listeners: "PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093" },
    "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0",
  ],
  [
    { "advertised.listeners": "PLAINTEXT://0.0.0.0:9092" },
    /Set advertised\.listeners to .*PLAINTEXT:\/\/box\.example:9092/,
  ],
  [{ "advertised.listeners": "FOO://h:9092" }, "No security protocol defined for listener FOO in advertised.listeners"],
  [
    {
      "advertised.listeners": "PLAINTEXT://h:9092,FOO://h:1",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FOO:PLAINTEXT",
    },
    "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found FOO",
  ],
  [{ "advertised.listeners": "CONTROLLER://h:9093" }, "There must be at least one broker advertised listener"],
  [
    { listeners: "PLAINTEXT://127.0.0.1:9092" },
    /controller\.listener\.names .* must contain at least one value appearing in the 'listeners'/,
  ],
  [{ listeners: "CONTROLLER://127.0.0.1:9092" }, "There must be at least one broker advertised listener"],
  [{ listeners: "PLAINTEXT://127.0.0.1:9092,PLAINTEXT://127.0.0.1:9093" }, "Each listener must have a different name"],
  [{ listeners: "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9092" }, "Each listener must have a different port"],
  [
    { listeners: "PLAINTEXT://127.0.0.1,CONTROLLER://127.0.0.1:9093" },
    "Unable to parse PLAINTEXT://127.0.0.1 to a broker endpoint in listeners: write NAME://host:port",
  ],
  [{ listeners: "127.0.0.1:9092,CONTROLLER://127.0.0.1:9093" }, "Unable to parse 127.0.0.1:9092"],
  [{ listeners: "AA://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093" }, "No security protocol defined for listener AA"],
  [
    {
      listeners: "AA://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
      "listener.security.protocol.map": "AA:PLAINTEXT,CONTROLLER:PLAINTEXT",
    },
    /inter\.broker\.listener\.name \(PLAINTEXT\) must be a listener name defined in advertised\.listeners.*one of AA/,
  ],
  [{ "listener.security.protocol.map": "PLAINTEXT:FOO,CONTROLLER:PLAINTEXT" }, "Invalid security protocol `FOO`"],
  [{ "listener.security.protocol.map": "PLAINTEXT" }, "listener.security.protocol.map is a list of NAME:PROTOCOL"],
  [{ "inter.broker.listener.name": "NOPE" }, "Listener with name NOPE defined in inter.broker.listener.name not found"],
  [{ "inter.broker.listener.name": "CONTROLLER" }, "must be a listener name defined in advertised.listeners"],
  [
    { "inter.broker.listener.name": "PLAINTEXT", "security.inter.broker.protocol": "PLAINTEXT" },
    "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set",
  ],
  [{ "controller.listener.names": "PLAINTEXT" }, "No security protocol defined for listener CONTROLLER"],
  [{ "process.roles": "broker" }, "controller.listener.names must not contain a value appearing in the 'listeners'"],
  [{ "process.roles": "controller" }, "The listeners must all be named in controller.listener.names"],
  [{ "advertised.listeners": "PLAINTEXT://h:9092,PLAINTEXT://h:9093" }, "Each listener must have a different name"],
];

describe("refused, as Kafka does", () => {
  test.each(refused)("%j", (settings, message) => {
    expect(() => listenersOf(settings)).toThrow(message);
  });
});

test("a port that no socket can have is refused", () => {
  expect(() => listenersOf({ listeners: "PLAINTEXT://127.0.0.1:99999,CONTROLLER://127.0.0.1:9093" })).toThrow(
    "0 and 65535",
  );
});

test("every interface of IPv6 needs an advertised address too", () => {
  expect(() => listenersOf({ listeners: "PLAINTEXT://[::]:9092,CONTROLLER://127.0.0.1:9093" })).toThrow(
    "meta-address ::",
  );
});

test("security protocols that are not built are refused by name", () => {
  const settings = {
    listeners: "SSL://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
    "listener.security.protocol.map": "SSL:SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "SSL",
  };
  expect(() => listenersOf(settings)).toThrow("Listener SSL speaks SSL, which this version does not support yet");
});

test("port 0 is advertised as the port that was bound", () => {
  const { advertised } = listenersOf({ listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0" });
  expect(endpoints(withBoundPorts(advertised, new Map([["PLAINTEXT", 41234]])))).toBe("PLAINTEXT://127.0.0.1:41234");
});
