import { errorMessage, errorName, isRetriable } from "../protocol/error-codes.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";

/** A request could not be sent or was not answered: the connection is gone, or the time is over. */
export class ConnectionError extends Error {
  /** POSIX name, where the system gave one: ECONNREFUSED, ETIMEDOUT, ENOTFOUND, ... */
  readonly code: string | undefined;
  /** The broker whose advertised address it was: nobody has given it, the cluster has told it. */
  readonly advertisedBy: number | undefined;

  constructor(message: string, code?: string, advertisedBy?: number) {
    super(message);
    this.name = "ConnectionError";
    this.code = code;
    this.advertisedBy = advertisedBy;
  }
}

/** The broker answered with an error code. */
export class BrokerError extends Error {
  readonly errorCode: number;

  constructor(errorCode: number, message?: string | null) {
    super(message || errorMessage(errorCode));
    this.name = errorName(errorCode);
    this.errorCode = errorCode;
  }

  get retriable(): boolean {
    return isRetriable(this.errorCode);
  }
}

/** Client and broker have no version of an API in common. */
export class UnsupportedVersionError extends Error {
  override readonly name = "UnsupportedVersionError";
}

/** What a request may fail with for the network's or the peer's sake. Anything else that is thrown is a mistake in here. */
export function isRequestFailure(error: unknown): error is Error {
  return [ConnectionError, BrokerError, UnsupportedVersionError, ProtocolError].some((kind) => error instanceof kind);
}
