import { FindCoordinatorRequest, FindCoordinatorResponse } from "../../../src/protocol/messages/find-coordinator.ts";
import { OffsetFetchRequest } from "../../../src/protocol/messages/offset-fetch.ts";
import { PATIENCE_MS } from "../../patience.ts";
import type { CodecConnection } from "./codec-connection.ts";
import { sleep } from "./scenario.ts";

const limitMs = PATIENCE_MS;

/** Resolves when the group's coordinator is there and has loaded what it keeps. */
export async function coordinatorReady(connection: CodecConnection, groupId: string): Promise<void> {
  for (const startMs = performance.now(); ; ) {
    const { errorCode } = await connection.call(FindCoordinatorRequest, FindCoordinatorResponse, 3, {
      key: groupId,
      keyType: 0,
    });
    const fetched = (await connection.ask(OffsetFetchRequest, 7, {
      groupId,
      topics: null,
      requireStable: false,
    })) as { errorCode: number };
    if (errorCode === 0 && fetched.errorCode === 0) return;
    if (performance.now() - startMs > limitMs) throw new Error(`the coordinator of ${groupId} is not ready`);
    await sleep(100);
  }
}
