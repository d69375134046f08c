/** Tasks that a member of a streams group has and still has to give up (KIP-1071). */
import { array, type Infer, int8, int32, message, nullable, string, struct } from "../schema.ts";

export const StreamsGroupCurrentMemberAssignmentKey = message(
  { name: "StreamsGroupCurrentMemberAssignmentKey", apiKey: 22, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupCurrentMemberAssignmentKey = Infer<typeof StreamsGroupCurrentMemberAssignmentKey>;

const TaskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
  assignmentEpochs: nullable(array(int32), { tag: 0 }),
});

export const StreamsGroupCurrentMemberAssignmentValue = message(
  { name: "StreamsGroupCurrentMemberAssignmentValue", apiKey: 22, validVersions: "0", flexibleVersions: "0+" },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: array(TaskIds),
    standbyTasks: array(TaskIds),
    warmupTasks: array(TaskIds),
    activeTasksPendingRevocation: array(TaskIds),
    standbyTasksPendingRevocation: array(TaskIds),
    warmupTasksPendingRevocation: array(TaskIds),
  },
);
export type StreamsGroupCurrentMemberAssignmentValue = Infer<typeof StreamsGroupCurrentMemberAssignmentValue>;
