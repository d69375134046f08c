import { ApiKey } from "../protocol/api-keys.ts";

/** What brokers pass on to the active controller in an envelope. */
const FORWARDABLE: ReadonlySet<number> = new Set([
  ApiKey.CreateTopics,
  ApiKey.DeleteTopics,
  ApiKey.CreatePartitions,
  ApiKey.CreateAcls,
  ApiKey.DeleteAcls,
  ApiKey.AlterConfigs,
  ApiKey.IncrementalAlterConfigs,
  ApiKey.ElectLeaders,
  ApiKey.AlterPartitionReassignments,
  ApiKey.ListPartitionReassignments,
  ApiKey.AlterClientQuotas,
  ApiKey.AlterUserScramCredentials,
  ApiKey.CreateDelegationToken,
  ApiKey.RenewDelegationToken,
  ApiKey.ExpireDelegationToken,
  ApiKey.UpdateFeatures,
  ApiKey.UnregisterBroker,
  ApiKey.UnregisterController,
  ApiKey.DescribeQuorum,
  ApiKey.AddRaftVoter,
  ApiKey.RemoveRaftVoter,
]);

export function isForwardable(apiKey: number): boolean {
  return FORWARDABLE.has(apiKey);
}
