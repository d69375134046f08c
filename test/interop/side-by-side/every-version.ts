import { brokerApis } from "../../../src/api/index.ts";
import {
  DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
} from "../../../src/protocol/messages/describe-log-dirs.ts";
import { MESSAGES } from "../../../src/protocol/messages/index.ts";
import { JoinGroupRequest } from "../../../src/protocol/messages/join-group.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import { advertisedApis } from "../../../src/server/api-table.ts";
import { atVersion } from "../../every-version/at-version.ts";
import { GROUP, joined, sampleRequests, TOPIC } from "../../every-version/sample-requests.ts";
import { coordinatorReady } from "./coordinator-ready.ts";
import { batch, createTopic, topicIdOf } from "./record-requests.ts";
import { type Scenario, versionsOf } from "./scenario.ts";

/** What brokers tell of themselves, and what takes more care than a sample. */
const COMPARED_ELSEWHERE = new Set([
  "ApiVersions",
  "DescribeConfigs",
  "DescribeLogDirs",
  "DescribeQuorum",
  "ListConfigResources",
  // After a refused write Apache Kafka lists a group twice.
  "ListGroups",
  "InitProducerId",
  "AddRaftVoter",
  "RemoveRaftVoter",
]);

export const everyVersionScenarios: Scenario[] = [
  {
    name: "every API is answered alike in every version",
    async run(transcript) {
      const { connection } = transcript;
      await createTopic(transcript, TOPIC);
      for (const group of [GROUP, ...versionsOf(JoinGroupRequest).map(joined)])
        await coordinatorReady(connection, group);
      const topicId = await topicIdOf(transcript, TOPIC);
      const { results } = (await connection.ask(DescribeLogDirsRequest, 4, {
        topics: null,
      })) as DescribeLogDirsResponse;
      const known = { topicId, logDir: results[0]!.logDir, records: batch(1) };
      for (const { apiKey, lowest, highest } of advertisedApis(brokerApis)) {
        const request: Message = MESSAGES.get(apiKey)!.request;
        const name = request.name.replace(/Request$/, "");
        if (COMPARED_ELSEWHERE.has(name)) continue;
        for (let version = Math.max(lowest, request.validVersions.lowest); version <= highest; version++) {
          const sample = sampleRequests(known, version)[name]!;
          await transcript.ask("sample", request, version, atVersion(request, version, sample) as never);
        }
      }
    },
  },
];
