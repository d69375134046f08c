import { errorMessage, errorName, isRetriable } from "../protocol/error-codes.ts";

/** A request could not be sent or was not answered: the connection is gone, or the time is over. */
export class ConnectionError extends Error {
  /** POSIX name, where the system gave one: ECONNREFUSED, ETIMEDOUT, ENOTFOUND, ... */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.name = "ConnectionError";
    this.code = code;
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
