import type { DescribedConfig } from "../config/describe.ts";
import { ConfigOperation, configOperationName } from "../protocol/config-operation.ts";
import { ConfigSource } from "../protocol/config-source.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Logger, LogLevel } from "../runtime.ts";

/**
 * The levels of the log, described and altered as a resource of its own (KIP-412). Apache Kafka has a logger for each
 * class; here is one, its root. A change lasts until the broker stops.
 */
const ROOT = "root";

const LEVELS = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];

const { SET, DELETE } = ConfigOperation;

export interface LoggerChange {
  readonly name: string;
  readonly value: string | null;
  /** See {@link ConfigOperation}. */
  readonly configOperation: number;
}

export function describeLoggers({ level }: Logger): DescribedConfig[] {
  return [
    {
      name: ROOT,
      value: level.toUpperCase(),
      readOnly: false,
      configSource: ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG,
      isSensitive: false,
      synonyms: [],
      configType: 0,
      documentation: "",
    },
  ];
}

/** All changes, or none of them and Kafka's objection to the first that can't be. */
export function alterLoggers(
  logger: Logger,
  changes: readonly LoggerChange[],
  validateOnly: boolean,
): { readonly errorCode: number; readonly errorMessage: string | null } {
  for (const change of changes) {
    const objection = objectionTo(change);
    if (objection !== undefined) return objection;
  }
  if (!validateOnly) {
    for (const { value } of changes) logger.level = value!.toLowerCase() as LogLevel;
  }
  return { errorCode: ErrorCode.NONE, errorMessage: null };
}

function objectionTo({ name, value, configOperation }: LoggerChange) {
  if (configOperation !== SET && configOperation !== DELETE) {
    const known = configOperationName(configOperation);
    const what = known === undefined ? `Unknown operation type ${configOperation}` : `${known} operation`;
    return refusal(ErrorCode.INVALID_REQUEST, `${what} is not allowed for the BROKER_LOGGER resource`);
  }
  if (name !== ROOT) return refusal(ErrorCode.INVALID_CONFIG, `Logger ${name} does not exist!`);
  if (configOperation === DELETE) {
    return refusal(ErrorCode.INVALID_REQUEST, "Removing the log level of the root logger is not allowed");
  }
  if (LEVELS.includes(value ?? "")) return undefined;
  return refusal(
    ErrorCode.INVALID_CONFIG,
    `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${LEVELS.join(", ")}`,
  );
}

function refusal(errorCode: number, errorMessage: string) {
  return { errorCode, errorMessage };
}
