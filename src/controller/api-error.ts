import { ErrorCode } from "../protocol/error-codes.ts";

/** A Kafka error as a value. */
export interface ApiError {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export function apiError(errorCode: number, errorMessage: string | null = null): ApiError {
  return { errorCode, errorMessage };
}

export const NO_ERROR: ApiError = { errorCode: ErrorCode.NONE, errorMessage: null };

export function isApiError(value: object): value is ApiError {
  return "errorCode" in value && "errorMessage" in value;
}
