import { beforeEach, describe, expect, test } from "vitest";
import { MemoryLog } from "../../adapters/simulator/index.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { emptyImage } from "../../src/controller/metadata-image.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { alterLoggers, describeLoggers, type LoggerChange } from "../../src/server/broker-logger.ts";
import { preprocessConfigs } from "../../src/server/config-preprocessing.ts";

const BROKER_LOGGER = 8;
const { config } = createConfig({ given: [new Map()], defaults: singleNodeSettings() });
const [SET, DELETE, APPEND] = [0, 1, 2];

let log: MemoryLog;
beforeEach(() => {
  log = new MemoryLog();
  log.level = "info";
});

function alter(validateOnly: boolean, ...changes: [name: string, configOperation: number, value: string | null][]) {
  const configs: LoggerChange[] = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  return alterLoggers(log, configs, validateOnly);
}

describe("the level of the log", () => {
  test("is described as that of the root logger", () => {
    expect(describeLoggers(log)).toMatchObject([{ name: "root", value: "INFO", readOnly: false }]);
  });

  test("changes at once, and not when the request only asks whether it could", () => {
    expect(alter(true, ["root", SET, "DEBUG"])).toEqual({ errorCode: ErrorCode.NONE, errorMessage: null });
    expect(log.level).toBe("info");
    expect(alter(false, ["root", SET, "DEBUG"])).toEqual({ errorCode: ErrorCode.NONE, errorMessage: null });
    expect(log.level).toBe("debug");
  });

  test("stays when one change of several is refused", () => {
    expect(alter(false, ["root", SET, "DEBUG"], ["no.such.logger", SET, "INFO"])).toEqual({
      errorCode: ErrorCode.INVALID_CONFIG,
      errorMessage: "Logger no.such.logger does not exist!",
    });
    expect(log.level).toBe("info");
  });

  test.each([
    ["root", SET, "debug", ErrorCode.INVALID_CONFIG],
    ["root", SET, "OFF", ErrorCode.INVALID_CONFIG],
    ["root", DELETE, null, ErrorCode.INVALID_REQUEST],
    ["root", APPEND, "INFO", ErrorCode.INVALID_REQUEST],
    ["root", 9, "INFO", ErrorCode.INVALID_REQUEST],
  ] as const)("%s, operation %i, value %s: refused with error %i", (name, operation, value, errorCode) => {
    expect(alter(false, [name, operation, value]).errorCode).toBe(errorCode);
    expect(log.level).toBe("info");
  });
});

test.each([
  ["1", { errorCode: ErrorCode.NONE, errorMessage: null }],
  ["2", { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Unexpected node id. Expected 1, but received 2" }],
  ["", { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Node id must be an integer, but it is: " }],
])("a change for the loggers of broker '%s' is decided by the broker that gets it", (resourceName, outcome) => {
  const resource = {
    resourceType: BROKER_LOGGER,
    resourceName,
    configs: [{ name: "root", value: "WARN", configOperation: SET }],
  };
  const { remaining, assemble } = preprocessConfigs(
    [resource],
    { nodeId: 1, brokerId: 1, config, metadata: () => emptyImage("c") },
    {
      alter: ({ configs }) => alterLoggers(log, configs, false),
    },
  );
  expect(remaining).toEqual([]);
  expect(assemble([])).toEqual([{ ...outcome, resourceType: BROKER_LOGGER, resourceName }]);
});
