import type { LogAppendInfo } from "../log/log-append-info.ts";

/** An append that was refused before it came to the log. */
export function failedAppend(errorCode: number, logStartOffset = -1): LogAppendInfo {
  return {
    errorCode,
    errorMessage: null,
    recordErrors: [],
    firstOffset: -1,
    lastOffset: -1,
    maxTimestamp: -1,
    logAppendTimeMs: -1,
    logStartOffset,
    duplicate: false,
    sizeBytes: 0,
    recordCount: 0,
  };
}
