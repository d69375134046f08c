import type { JoinGroupResponse } from "../../../protocol/messages/join-group.ts";
import type { SyncGroupResponse } from "../../../protocol/messages/sync-group.ts";
import type { Input } from "../../../protocol/schema.ts";
import type { Decision } from "../../decision.ts";
import type { GroupRecord } from "../group-record.ts";
import { EMPTY_ASSIGNMENT } from "./classic-group-member.ts";

export type GroupDecision = Decision<GroupRecord>;

export type JoinGroupReply = (response: Input<typeof JoinGroupResponse>) => void;
export type SyncGroupReply = (response: Input<typeof SyncGroupResponse>) => void;

/** What `JoinGroupRequest.memberId` is before the coordinator has given one. */
export const UNKNOWN_MEMBER = "";

export function joinError(errorCode: number, memberId: string): Input<typeof JoinGroupResponse> {
  return { errorCode, memberId, protocolName: null, leader: "", members: [] };
}

export function syncError(errorCode: number): Input<typeof SyncGroupResponse> {
  return { errorCode, assignment: EMPTY_ASSIGNMENT };
}
