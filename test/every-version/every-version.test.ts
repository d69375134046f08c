import { startBroker } from "polylog";
import { expect, onTestFinished, test } from "vitest";
import { ApiVersionsRequest, type ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { CreateTopicsRequest, type CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { DescribeLogDirsRequest, type DescribeLogDirsResponse } from "../../src/protocol/messages/describe-log-dirs.ts";
import { MESSAGES } from "../../src/protocol/messages/index.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { singleRecordBatch } from "../embedding/single-record-batch.ts";
import { CodecConnection } from "../interop/side-by-side/codec-connection.ts";
import { atVersion } from "./at-version.ts";
import { sampleRequests, TOPIC } from "./sample-requests.ts";

test("every API that is advertised answers in every version", { timeout: 60_000 }, async () => {
  await using broker = await startBroker({ port: 0 });
  const open = () => CodecConnection.open(broker.host, broker.port);
  const connection = await open();
  onTestFinished(() => connection.close());
  const { apiKeys } = (await connection.ask(ApiVersionsRequest, 4, {
    clientSoftwareName: "every-version",
    clientSoftwareVersion: "1",
  })) as ApiVersionsResponse;
  const known = await createTopic(connection);
  const names = apiKeys.map(({ apiKey }) => nameOf(MESSAGES.get(apiKey)!.request));
  expect(Object.keys(sampleRequests(known, 0)).toSorted()).toEqual(names.toSorted());
  const unanswered: string[] = [];
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    const request: Message = MESSAGES.get(apiKey)!.request;
    // Of Produce, versions are advertised that nobody can use any more, for the sake of older clients.
    const lowest = Math.max(minVersion, request.validVersions.lowest);
    for (let version = lowest; version <= maxVersion; version++) {
      const sample = sampleRequests(known, version)[nameOf(request)]!;
      const asker = await open();
      const answer = await asker.ask(request, version, atVersion(request, version, sample) as never);
      asker.close();
      if (answer === "closed") unanswered.push(`${nameOf(request)} v${version}`);
    }
  }
  expect(unanswered).toEqual([]);
});

function nameOf({ name }: Message): string {
  return name.replace(/Request$/, "");
}

async function createTopic(connection: CodecConnection) {
  const { topics } = (await connection.ask(CreateTopicsRequest, 7, {
    topics: [{ name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  })) as CreateTopicsResponse;
  const { results } = (await connection.ask(DescribeLogDirsRequest, 4, { topics: null })) as DescribeLogDirsResponse;
  return { topicId: topics[0]!.topicId, logDir: results[0]!.logDir, records: singleRecordBatch("one") };
}
