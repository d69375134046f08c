/** Target tasks of a member of a streams group (KIP-1071). */
import { array, type Infer, int32, message, string, struct } from "../schema.ts";

export const StreamsGroupTargetAssignmentMemberKey = message(
  { name: "StreamsGroupTargetAssignmentMemberKey", apiKey: 21, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupTargetAssignmentMemberKey = Infer<typeof StreamsGroupTargetAssignmentMemberKey>;

const TaskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
});

export const StreamsGroupTargetAssignmentMemberValue = message(
  { name: "StreamsGroupTargetAssignmentMemberValue", apiKey: 21, validVersions: "0", flexibleVersions: "0+" },
  {
    activeTasks: array(TaskIds),
    standbyTasks: array(TaskIds),
    warmupTasks: array(TaskIds),
  },
);
export type StreamsGroupTargetAssignmentMemberValue = Infer<typeof StreamsGroupTargetAssignmentMemberValue>;
