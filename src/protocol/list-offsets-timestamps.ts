/** The timestamps below 0, which ask ListOffsets for something other than the first offset at a time. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;
/** The record with the largest timestamp (KIP-734). */
export const MAX_TIMESTAMP = -3;
/** The earliest offset on the broker's own disk (KIP-405). */
export const EARLIEST_LOCAL_TIMESTAMP = -4;
/** The last offset in remote storage (KIP-1005). */
export const LATEST_TIERED_TIMESTAMP = -5;
/** The first offset that is still to be copied to remote storage (KIP-1023). */
export const EARLIEST_PENDING_UPLOAD_TIMESTAMP = -6;
