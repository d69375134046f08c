import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import {
  batch,
  createTopic,
  type FetchPartition,
  fetchBody,
  fetchPartition,
  produce,
  topicIdOf,
} from "./record-requests.ts";
import type { Scenario } from "./scenario.ts";

export const fetchScenarios: Scenario[] = [
  {
    name: "fetch refuses alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-fetch");
      const topicId = await topicIdOf(transcript, "sbs-fetch");
      await produce(transcript, "produce", "sbs-fetch", [{ index: 0, records: batch(5) }]);
      const attempt = (
        step: string,
        version: number,
        partitions: FetchPartition[],
        more: Partial<Input<typeof FetchRequest>> = {},
      ) =>
        transcript.ask(step, FetchRequest, version, {
          ...fetchBody("sbs-fetch", topicId, version, partitions),
          ...more,
        });
      for (const version of [4, 11, 12, 13, 17]) {
        await attempt("beyond the end", version, [fetchPartition(0, 100)]);
        await attempt("a negative offset", version, [fetchPartition(0, -5)]);
        await attempt("a missing partition", version, [fetchPartition(7, 0)]);
        await attempt("at the end", version, [fetchPartition(0, 5)]);
      }
      await attempt("an old leader epoch", 17, [fetchPartition(0, 0, { currentLeaderEpoch: -2 })]);
      await attempt("a future leader epoch", 17, [fetchPartition(0, 0, { currentLeaderEpoch: 9 })]);
      await attempt("a diverging epoch", 17, [fetchPartition(0, 3, { lastFetchedEpoch: 0, currentLeaderEpoch: 0 })]);
      await attempt("an epoch that never was", 17, [
        fetchPartition(0, 3, { lastFetchedEpoch: 5, currentLeaderEpoch: 0 }),
      ]);
      await attempt("the largest offset", 17, [fetchPartition(0, 0, { fetchOffset: 9223372036854775807n })]);
      await attempt("few bytes", 17, [fetchPartition(0, 0, { partitionMaxBytes: 10 })]);
      await attempt("few bytes in all", 17, [fetchPartition(0, 0)], { maxBytes: 1 });
      await attempt("no bytes", 17, [fetchPartition(0, 0, { partitionMaxBytes: 0 })], { maxBytes: 0 });
      await produce(transcript, "produce", "sbs-fetch", [{ index: 1, records: batch(2) }]);
      for (const version of [4, 12, 17]) {
        for (const isolationLevel of [0, 1]) {
          const both = [fetchPartition(0, 0), fetchPartition(1, 0)];
          await attempt("few bytes for the second partition", version, both, { maxBytes: 300, isolationLevel });
          const cut = [fetchPartition(0, 0), fetchPartition(1, 0, { partitionMaxBytes: 80 })];
          await attempt("a second partition whose limit cuts its batch", version, cut, { isolationLevel });
        }
      }
      await transcript.ask("an unknown topic id", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        topics: [{ topicId: "5L6g3nShT-eMCtK--X86sw", partitions: [fetchPartition(0, 0)] }],
      });
      await transcript.ask("an unknown topic", FetchRequest, 12, {
        maxWaitMs: 10,
        minBytes: 1,
        topics: [{ topic: "sbs-none", partitions: [fetchPartition(0, 0)] }],
      });
      await transcript.ask("an unknown session", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        sessionId: 12345,
        sessionEpoch: 3,
        topics: [],
      });
      await transcript.ask("a session epoch without a session", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        sessionId: 0,
        sessionEpoch: 3,
        topics: [],
      });
      const opened = await transcript.call("a new session", FetchRequest, FetchResponse, 17, {
        ...fetchBody("", topicId, 17, [fetchPartition(0, 5), fetchPartition(1, 0)]),
        sessionId: 0,
        sessionEpoch: 0,
      });
      const go = (step: string, sessionEpoch: number, more: Partial<Input<typeof FetchRequest>> = {}) =>
        transcript.ask(step, FetchRequest, 17, {
          maxWaitMs: 10,
          minBytes: 1,
          topics: [],
          sessionId: opened.sessionId,
          sessionEpoch,
          ...more,
        });
      await go("the session, nothing new", 1);
      await produce(transcript, "produce", "sbs-fetch", [{ index: 1, records: batch(1) }]);
      await go("the session, something new", 2);
      await go("the session, forgetting a partition", 3, { forgottenTopicsData: [{ topicId, partitions: [1] }] });
      await go("the session, a wrong epoch", 9);
      await go("the session, closed", -1);
      await go("the session, gone", 4);
    },
  },
];
