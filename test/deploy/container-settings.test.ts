import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { createConfig } from "../../src/config/create-config.ts";
import { settingsOfEnvironment } from "../../src/config/environment.ts";
import { resolveListeners } from "../../src/config/listeners.ts";
import { parseProperties } from "../../src/config/properties.ts";
import { singleNodeUnder } from "../../src/config/single-node.ts";

const deploy = resolve(import.meta.dirname, "../../deploy");
const containerSettings = parseProperties(readFileSync(join(deploy, "container.properties"), "utf8")).values;

/** The configuration of a container that is given these variables. */
function configOf(environment: Readonly<Record<string, string>>) {
  const ofImage = { KAFKA_LOG_DIRS: "/var/lib/polylog", KAFKA_POLYLOG_HTTP_LISTENERS: "http://127.0.0.1:9644" };
  const { given, defaults } = singleNodeUnder(settingsOfEnvironment({ ...ofImage, ...environment }), containerSettings);
  return createConfig({ given: [given], defaults, hostName: "c0ffee" });
}

function advertised(environment: Readonly<Record<string, string>>): string[] {
  const { config } = configOf(environment);
  return resolveListeners(config).advertised.map(({ listenerName, host, port }) => `${listenerName}://${host}:${port}`);
}

describe("a container", () => {
  test("without variables serves clients on its host, and nothing warns", () => {
    expect(advertised({})).toEqual(["PLAINTEXT://localhost:9092"]);
    expect(configOf({}).warnings).toEqual([]);
  });

  test("may be told another address to advertise", () => {
    expect(advertised({ KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://kafka.example:9092" })).toEqual([
      "PLAINTEXT://kafka.example:9092",
    ]);
  });

  test("with listeners of its own does not advertise those it no longer has", () => {
    expect(advertised({ KAFKA_LISTENERS: "PLAINTEXT://10.0.0.7:19092" })).toEqual(["PLAINTEXT://10.0.0.7:19092"]);
  });

  test("with process.roles is configured by variables alone, as Apache Kafka's image is", () => {
    expect(() => configOf({ KAFKA_PROCESS_ROLES: "broker,controller" })).toThrow(
      'Missing required configuration "node.id"',
    );
  });
});

test("deploy/compose.yaml has an internal and an external listener, each with an address its clients can dial", () => {
  const text = readFileSync(join(deploy, "compose.yaml"), "utf8");
  const environment = Object.fromEntries(
    [...text.matchAll(/^ {6}([A-Z_]+): "(.*)"$/gm)].map(([, name, value]) => [name!, value!]),
  );
  expect(advertised(environment)).toEqual(["AA://broker:19092", "BB://localhost:9092"]);
  expect(configOf(environment).warnings).toEqual([]);
  expect(text).toContain('- "9092:9092"');
});

test.each(["node", "bun", "deno"])("the image for %s differs from the others only where the runtimes do", (runtime) => {
  const read = (name: string) => readFileSync(join(deploy, `Dockerfile.${name}`), "utf8");
  const words = (text: string) =>
    text
      .split(/\s+/)
      .filter(
        (word) =>
          word !== "run" &&
          !/(node|bun|deno|allow-all|quiet|semi-space|"run",|chown|1000:1000|&&|mkdir|-p|\/var\/)/i.test(word),
      );
  expect(words(read(runtime))).toEqual(words(read("node")));
});
