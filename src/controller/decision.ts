import type { MetadataRecord } from "../protocol/metadata-records/index.ts";

/** What a manager wants done about a request: records to append, and the answer once they are committed. */
export interface Decision<Response> {
  readonly records: readonly MetadataRecord[];
  readonly response: Response;
  /** As many batches as it takes: each record stands by itself. Otherwise all of them go into one, or none. */
  readonly isSplittable?: boolean;
  /** Of the quorum, which gets to it before the records are appended. */
  readonly kraftVersion?: number | undefined;
  /** For the log of this node: what the response has no place for. */
  readonly notice?: string;
}

/** An answer that changes nothing. */
export function answer<Response>(response: Response, notice?: string): Decision<Response> {
  return { records: [], response, notice };
}

/** The most records of a batch; what a user asks for must fit one, as in Kafka. */
export const MAX_RECORDS_PER_BATCH = 10_000;
