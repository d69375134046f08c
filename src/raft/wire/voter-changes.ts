import { AddRaftVoterRequest, AddRaftVoterResponse } from "../../protocol/messages/add-raft-voter.ts";
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from "../../protocol/messages/remove-raft-voter.ts";
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from "../../protocol/messages/update-raft-voter.ts";
import type * as Raft from "../raft-message.ts";
import { endpointNamed } from "../voter-set.ts";
import { endpointsFrom, type RaftApi } from "./raft-api.ts";

export const addVoterApi = {
  request: AddRaftVoterRequest,
  response: AddRaftVoterResponse,

  encodeRequest({ clusterId, voter, endpoints, ackWhenCommitted, timeoutMs }, version) {
    return {
      clusterId,
      timeoutMs,
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      listeners: endpointsFrom(endpoints),
      ackWhenCommitted: version >= 1 ? ackWhenCommitted : true,
    };
  },

  decodeRequest({ clusterId, timeoutMs, voterId, voterDirectoryId, listeners, ackWhenCommitted }) {
    const voter = { id: voterId, directoryId: voterDirectoryId };
    return { type: "addVoter", clusterId, voter, endpoints: endpointsFrom(listeners), ackWhenCommitted, timeoutMs };
  },

  encodeResponse: encodeVoterChange,
  decodeResponse: ({ errorCode, errorMessage }) => ({ type: "addVoter", errorCode, message: errorMessage }),
} satisfies RaftApi<typeof AddRaftVoterRequest, typeof AddRaftVoterResponse, Raft.AddVoterRequest>;

export const removeVoterApi = {
  request: RemoveRaftVoterRequest,
  response: RemoveRaftVoterResponse,

  encodeRequest({ clusterId, voter }) {
    return { clusterId, voterId: voter.id, voterDirectoryId: voter.directoryId };
  },

  decodeRequest({ clusterId, voterId, voterDirectoryId }) {
    return { type: "removeVoter", clusterId, voter: { id: voterId, directoryId: voterDirectoryId } };
  },

  encodeResponse: encodeVoterChange,
  decodeResponse: ({ errorCode, errorMessage }) => ({ type: "removeVoter", errorCode, message: errorMessage }),
} satisfies RaftApi<typeof RemoveRaftVoterRequest, typeof RemoveRaftVoterResponse, Raft.RemoveVoterRequest>;

export const updateVoterApi: RaftApi<
  typeof UpdateRaftVoterRequest,
  typeof UpdateRaftVoterResponse,
  Raft.UpdateVoterRequest
> = {
  request: UpdateRaftVoterRequest,
  response: UpdateRaftVoterResponse,

  encodeRequest({ clusterId, currentLeaderEpoch, voter, endpoints, supportedKRaftVersion: { min, max } }) {
    return {
      clusterId,
      currentLeaderEpoch,
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      listeners: endpointsFrom(endpoints),
      kRaftVersionFeature: { minSupportedVersion: min, maxSupportedVersion: max },
    };
  },

  decodeRequest({ clusterId, currentLeaderEpoch, voterId, voterDirectoryId, listeners, kRaftVersionFeature }) {
    const { minSupportedVersion, maxSupportedVersion } = kRaftVersionFeature;
    return {
      type: "updateVoter",
      clusterId,
      currentLeaderEpoch,
      voter: { id: voterId, directoryId: voterDirectoryId },
      endpoints: endpointsFrom(listeners),
      supportedKRaftVersion: { min: minSupportedVersion, max: maxSupportedVersion },
    };
  },

  encodeResponse(response, listenerName) {
    if (response.type !== "updateVoter") return { errorCode: response.errorCode };
    const { errorCode, leader } = response;
    const { host, port } = endpointNamed(leader.endpoints, listenerName) ?? { host: "", port: 0 };
    return { errorCode, currentLeader: { leaderId: leader.leaderId, leaderEpoch: leader.epoch, host, port } };
  },

  decodeResponse({ errorCode, currentLeader }, listenerName) {
    const { leaderId, leaderEpoch, host, port } = currentLeader;
    const endpoints = leaderId < 0 || host === "" ? [] : [{ name: listenerName, host, port }];
    return { type: "updateVoter", errorCode, leader: { leaderId, epoch: leaderEpoch, endpoints } };
  },
};

/** AddRaftVoter and RemoveRaftVoter are answered alike. */
export function encodeVoterChange(response: Raft.RaftResponse) {
  const message = response.type === "addVoter" || response.type === "removeVoter" || response.type === "refused";
  return { errorCode: response.errorCode, errorMessage: message ? response.message : null };
}
