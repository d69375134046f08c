import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { createTopic, fetchPartition } from "./record-requests.ts";
import type { Scenario, Transcript } from "./scenario.ts";

const TOPIC = "sbs-sessions";
/** Kafka's default of `max.incremental.fetch.session.cache.slots`. */
const SLOTS = 1_000;
const NEW = 0;
const FINAL = -1;

async function fetch({ connection }: Transcript, sessionId: number, sessionEpoch: number): Promise<number> {
  const topics = [{ topic: TOPIC, partitions: [fetchPartition(0, 0)] }];
  const request = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000, sessionId, sessionEpoch, topics };
  return (await connection.call(FetchRequest, FetchResponse, 12, request)).sessionId;
}

/** The ids, 0 where there was no room. */
async function open(transcript: Transcript, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) ids.push(await fetch(transcript, 0, NEW));
  return ids;
}

export const fetchSessionScenarios: Scenario[] = [
  {
    name: "fetch sessions that find no room are the same ones",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      const ids: number[] = [];
      const openMore = async (step: string, count: number) => {
        const opened = await open(transcript, count);
        ids.push(...opened);
        transcript.note(step, opened.map(Math.sign));
      };
      const close = async (...indexes: number[]) => {
        for (const index of indexes) if (ids[index] !== 0) await fetch(transcript, ids[index]!, FINAL);
      };
      await openMore("more than there are slots for", SLOTS + 40);
      await close(0, 3, 11, 12);
      await openMore("once four are closed", 24);
      await close(...ids.keys());
      await openMore("once all are closed", 8);
      await close(...ids.keys());
    },
  },
];
