import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { REFUSED_BY_A_RUNNING_BROKER } from "./configs.ts";
import { NO_VOTER } from "./hasty-requests.ts";
import { NO_ENDPOINT } from "./quorum.ts";
import { UNREADABLE } from "./record-bodies.ts";

/**
 * Where Polylog's answer may differ from Apache Kafka's, and why. Everything else must be equal.
 */

/** Apache Kafka answers UNKNOWN_SERVER_ERROR, its word for an exception that nobody foresaw; ours say what is wrong. */
const NAMED_ERRORS: ReadonlySet<string> = new Set(["an unknown codec", "an unknown operation"]);

/** Steps whose text names the present time, the partition, or a default text of Kafka's in place of a reason. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  "too old",
  "no key on a compacted topic",
  "an unknown type",
  "coordinator of an unknown kind",
  NO_ENDPOINT,
  NO_VOTER,
  ...REFUSED_BY_A_RUNNING_BROKER.flatMap((step) => [step, `${step}, for all`]),
]);

/**
 * Records that consumers could not read, or whose offsets would be others'. Apache Kafka stores some of them, and fails at
 * others with an exception that nobody foresaw; here each is an INVALID_RECORD.
 */
const REFUSED_HERE: ReadonlySet<string> = new Set(UNREADABLE);

/** `actual` with what may differ taken over from `expected`. */
export function overlook(step: string, expected: unknown, actual: unknown): unknown {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return actual.map((each, index) => overlook(step, expected[index], each));
  }
  if (!isObject(expected) || !isObject(actual)) return actual;
  const name = step.replace(/ \(\w+ v\d+\)$/, "");
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(actual)) {
    const other = expected[key];
    result[key] = mayDiffer(name, key, expected, value) ? other : overlook(step, other, value);
  }
  return result;
}

function mayDiffer(step: string, key: string, expected: Record<string, unknown>, value: unknown): boolean {
  if (REFUSED_HERE.has(step)) {
    if (key === "errorCode") return value === ErrorCode.INVALID_RECORD;
    if (key === "baseOffset") return value === -1;
  }
  switch (key) {
    case "errorMessage":
    case "batchIndexErrorMessage":
      // Where Kafka is silent, a reason helps; clients show it beside the error code.
      return expected[key] === null || (OWN_WORDS.has(step) && typeof value === "string" && value !== "");
    case "errorCode":
      return NAMED_ERRORS.has(step) && expected.errorCode === -1 && value !== 0;
    case "logStartOffset":
      // Filled in although the append was refused.
      return expected.errorCode !== 0 && expected[key] === -1;
    default:
      return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
