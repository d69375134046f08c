import { ErrorCode } from "../protocol/error-codes.ts";
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from "../protocol/messages/allocate-producer-ids.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineValue } from "../timeline/timeline-value.ts";
import { type ApiError, apiError, isApiError } from "./api-error.ts";
import type { ControllerState } from "./controller-state.ts";
import { answer, type Decision } from "./decision.ts";
import { producerIdsRecord } from "./record-factory.ts";

/** How many ids a broker gets at a time. */
const PRODUCER_ID_BLOCK_SIZE = 1000;

export interface ProducerIdBlock {
  readonly firstProducerId: number;
  readonly size: number;
}

/** Hands out producer ids in blocks, each id once in the life of the cluster (KIP-730). */
export class ProducerIdManager {
  readonly #nextProducerId: TimelineValue<number>;

  constructor(timeline: Timeline) {
    this.#nextProducerId = new TimelineValue(timeline, 0);
  }

  allocate(brokerId: number, brokerEpoch: number): Decision<ProducerIdBlock> | ApiError {
    const firstProducerId = this.#nextProducerId.get();
    const next = firstProducerId + PRODUCER_ID_BLOCK_SIZE;
    if (!Number.isSafeInteger(next)) {
      return apiError(ErrorCode.UNKNOWN_SERVER_ERROR, "Exhausted all producerIds as the next block's end is too large");
    }
    return {
      records: [producerIdsRecord({ brokerId, brokerEpoch, nextProducerId: next })],
      response: { firstProducerId, size: PRODUCER_ID_BLOCK_SIZE },
    };
  }

  replay(record: MetadataRecord): void {
    if (record.type !== "ProducerIdsRecord") return;
    const next = record.record.nextProducerId;
    if (next <= this.#nextProducerId.get()) {
      throw new Error(`Next producer id ${next} is not above the current ${this.#nextProducerId.get()}`);
    }
    this.#nextProducerId.set(next);
  }
}

type Response = Input<typeof AllocateProducerIdsResponse>;

/** AllocateProducerIds (KIP-730): the next block, for the present incarnation of a broker. */
export function allocateProducerIds(
  { cluster, producerIds }: Pick<ControllerState, "cluster" | "producerIds">,
  { brokerId, brokerEpoch }: AllocateProducerIdsRequest,
): Decision<Response> {
  const block = cluster.epochProblem(brokerId, brokerEpoch) ?? producerIds.allocate(brokerId, brokerEpoch);
  if (isApiError(block)) return answer(allocateProducerIdsFailed(block));
  const { firstProducerId, size } = block.response;
  const response = { throttleTimeMs: 0, errorCode: 0, producerIdStart: firstProducerId, producerIdLen: size };
  return { records: block.records, response };
}

export function allocateProducerIdsFailed({ errorCode }: ApiError): Response {
  return { throttleTimeMs: 0, errorCode, producerIdStart: 0, producerIdLen: 0 };
}
