import { expect, test } from "vitest";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { emptyImage } from "../../src/controller/metadata-image.ts";
import { ConfigResourceType } from "../../src/protocol/config-resource-type.ts";
import { preprocessConfigs } from "../../src/server/config-preprocessing.ts";

const { BROKER, TOPIC } = ConfigResourceType;
const NO_RESOURCE = 99;

/** The message of the refusal; undefined when the controller is to decide. */
function refusal(
  asked: "broker" | "controller",
  resourceType: number,
  resourceName: string,
  setting: readonly string[] = [],
) {
  const [name = "", value = ""] = setting;
  const { config } = createConfig({ given: [], defaults: singleNodeSettings() });
  const brokerId = asked === "broker" ? 1 : undefined;
  const node = { nodeId: 1, brokerId, config, metadata: () => emptyImage("c") };
  const resource = { resourceType, resourceName, configs: [{ name, value, configOperation: 0 }] };
  const { remaining, assemble } = preprocessConfigs([resource], node);
  return remaining.length > 0 ? undefined : assemble([])[0]!.errorMessage;
}

test("a broker refuses listeners that it could not have, a controller leaves that to the broker", () => {
  const listeners = ["listeners", "nonsense"];
  expect(refusal("broker", BROKER, "1", listeners)).toContain("Unable to parse nonsense");
  expect(refusal("controller", BROKER, "1", listeners)).toBeUndefined();
});

test("a broker looks for the directories that it is to cordon among its own, a controller leaves that to the broker", () => {
  const directories = ["cordoned.log.dirs", "/elsewhere"];
  expect(refusal("broker", BROKER, "1", directories)).toContain("Missing entries: /elsewhere");
  expect(refusal("broker", BROKER, "1", ["cordoned.log.dirs", "*"])).toBeUndefined();
  expect(refusal("controller", BROKER, "1", directories)).toBeUndefined();
});

test("settings that no cluster has as a whole are refused as such, whatever their value", () => {
  expect(refusal("broker", BROKER, "", ["listeners", "nonsense"])).toBeUndefined();
  expect(refusal("broker", BROKER, "", ["num.io.threads", "1000"])).toContain("double the current value");
});

test("a broker knows no resource of another type, and a controller has an error code of its own for it", () => {
  expect(refusal("broker", NO_RESOURCE, "x")).toBe("Unknown resource type 99");
  expect(refusal("controller", NO_RESOURCE, "x")).toBeUndefined();
  expect(refusal("broker", TOPIC, "x")).toBeUndefined();
});
