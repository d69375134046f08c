import { BrokerError, ConnectionError, UnsupportedVersionError } from "../client/client-error.ts";
import { ErrorCode } from "../protocol/error-codes.ts";

/** What went wrong, for somebody who has never seen the source: what it is, and what to do about it. */
export function describeFailure(error: unknown): string {
  if (error instanceof ConnectionError) return describeConnection(error);
  if (error instanceof BrokerError) return describeAnswer(error);
  if (error instanceof UnsupportedVersionError) {
    return `${error.message}. Is that a listener of brokers? Those of controllers serve less, as do brokers that are too old`;
  }
  if (error instanceof Error) {
    const { code, path } = error as { code?: string; path?: string };
    if (FORBIDDEN.has(code ?? codeOf(error.cause) ?? "")) {
      return `${error.message}. The user that runs this may not do that: give it the right, or choose another directory or port`;
    }
    if (code === "EADDRINUSE") {
      return `${error.message}. Another process listens there already: stop it, or choose another port with --override listeners=PLAINTEXT://127.0.0.1:PORT`;
    }
    if (code === "EADDRNOTAVAIL") {
      return `${error.message}. This machine has no such address: listeners takes one of its own, and advertised.listeners the one by which clients find it`;
    }
    if (code === "ENOENT" && path !== undefined) return `${path}: no such file or directory`;
    return error.message;
  }
  return String(error);
}

const FORBIDDEN: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error ? (cause as { code?: string }).code : undefined;
}

/** As {@link describeFailure}, of a file or directory, which systems do not always name. */
export function describeFileFailure(path: string, error: unknown): string {
  const description = describeFailure(error);
  return description.includes(path) ? description : `${path}: ${description}`;
}

function describeConnection(error: ConnectionError): string {
  if (error.advertisedBy !== undefined) {
    return `${error.message}. That is the address that broker ${error.advertisedBy} tells clients (advertised.listeners): is it running, and can the address be reached from here?`;
  }
  switch (error.code) {
    case "ECONNREFUSED":
      return `${error.message}. No broker listens there: start one with 'polylog server', or name another with --bootstrap-server HOST:PORT`;
    case "ENOTFOUND":
      return `${error.message}. There is no host of that name: check --bootstrap-server`;
    case "EPROTO":
      return `${error.message}. Is that the address of a listener that speaks PLAINTEXT? No other is supported`;
    case "ETIMEDOUT":
      return `${error.message}. Is that a broker's address, and can it be reached from here?`;
    default:
      return error.message;
  }
}

function describeAnswer(error: BrokerError): string {
  switch (error.errorCode) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return `${error.name}: there is no such topic. Create it with 'polylog topic create', list what there is with 'polylog topic list'`;
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return `${error.name}: there is no such group. List what there is with 'polylog group list'`;
    case ErrorCode.NON_EMPTY_GROUP:
      return `${error.name}: the group has members. Stop its consumers first`;
    default:
      return `${error.name}: ${error.message}`;
  }
}
