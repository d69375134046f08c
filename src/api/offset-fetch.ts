/**
 * OffsetFetch (9), versions 1-10: the committed offsets of one group, or from version 8 on of several; of some topics, or
 * of all when none are given (version 2). A partition without a committed offset is answered with offset -1 and no error.
 *
 * Left out: checks of members of the consumer protocol (KIP-848), until that protocol is served.
 */
import type { FetchedGroup } from "../coordinator/group/group-coordinator.ts";
import { type FetchedTopic, type RequestedTopic, withoutOffset } from "../coordinator/group/offsets/fetch.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "../protocol/messages/offset-fetch.ts";
import type { Infer } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { ApiHandler, Reply } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof OffsetFetchRequest>;

const TOP_LEVEL_ERROR_VERSION = 2;
const SEVERAL_GROUPS_VERSION = 8;
const TOPIC_ID_VERSION = 10;

export const offsetFetch: ApiHandler<typeof OffsetFetchRequest, typeof OffsetFetchResponse> = {
  request: OffsetFetchRequest,
  response: OffsetFetchResponse,
  handle(services, context, request, reply) {
    if (context.apiVersion >= SEVERAL_GROUPS_VERSION) fetchGroups(services, request, context.apiVersion, reply);
    else fetchGroup(services, request, context.apiVersion, reply);
  },
};

function fetchGroup(
  services: Services,
  { groupId, topics, requireStable }: Request,
  apiVersion: number,
  reply: Reply<typeof OffsetFetchResponse>,
): void {
  const requested = topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
  services.groups.fetchOffsets(groupId, requested, requireStable, ({ errorCode, topics: fetched }) => {
    const failsByPartition = apiVersion < TOP_LEVEL_ERROR_VERSION && errorCode !== ErrorCode.NONE;
    reply({ errorCode, topics: failsByPartition ? allFailed(requested ?? [], errorCode) : fetched });
  });
}

function fetchGroups(
  services: Services,
  { groups, requireStable }: Request,
  apiVersion: number,
  reply: Reply<typeof OffsetFetchResponse>,
): void {
  const answers: FetchedGroup[] = [];
  let remainingCount = groups.length;
  const finish = (): void => reply({ groups: groups.map(({ groupId }, index) => ({ groupId, ...answers[index]! })) });
  if (remainingCount === 0) finish();
  for (const [index, { groupId, topics }] of groups.entries()) {
    const usesIds = apiVersion >= TOPIC_ID_VERSION;
    const { known, unknown } = usesIds ? resolveIds(services, topics) : { known: topics, unknown: [] };
    services.groups.fetchOffsets(groupId, known, requireStable, (group) => {
      const failed = group.errorCode === ErrorCode.NONE ? allFailed(unknown, ErrorCode.UNKNOWN_TOPIC_ID) : [];
      const fetched = usesIds ? withIds(services, group.topics) : group.topics;
      answers[index] = { errorCode: group.errorCode, topics: [...fetched, ...failed] };
      if (--remainingCount === 0) finish();
    });
  }
}

function resolveIds(services: Services, topics: readonly RequestedTopic[] | null) {
  if (topics === null) return { known: null, unknown: [] };
  const image = services.metadata();
  const known: RequestedTopic[] = [];
  const unknown: RequestedTopic[] = [];
  for (const topic of topics) {
    const name = image.topics.byId(topic.topicId)?.name;
    if (name === undefined) unknown.push(topic);
    else known.push({ ...topic, name });
  }
  return { known, unknown };
}

/** Offsets from records without a topic id get that of the topic of today; without one they cannot be told. */
function withIds(services: Services, topics: readonly FetchedTopic[]): FetchedTopic[] {
  const image = services.metadata();
  return topics
    .map((topic) =>
      topic.topicId === ZERO_UUID ? { ...topic, topicId: image.topics.byName(topic.name)?.id ?? ZERO_UUID } : topic,
    )
    .filter(({ topicId }) => topicId !== ZERO_UUID);
}

function allFailed(topics: readonly RequestedTopic[], errorCode: number): FetchedTopic[] {
  return topics.map(({ name, topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map((partition) => withoutOffset(partition, errorCode)),
  }));
}
