import type { MetadataRecord } from "../protocol/metadata-records/index.ts";

/** What a manager wants done about a request: records to append as one batch, and the answer once they are committed. */
export interface Decision<Response> {
  readonly records: readonly MetadataRecord[];
  readonly response: Response;
  /** For the log of this node: what the response has no place for. */
  readonly notice?: string;
}

/** An answer that changes nothing. */
export function answer<Response>(response: Response, notice?: string): Decision<Response> {
  return { records: [], response, notice };
}

/** More records than fit one atomic batch are refused, as in Kafka. */
export const MAX_RECORDS_PER_OPERATION = 10_000;
