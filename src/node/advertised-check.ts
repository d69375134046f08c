import { ClientConnection } from "../client/client-connection.ts";
import { ConnectionError } from "../client/client-error.ts";
import { CLIENT_SOFTWARE } from "../client/software.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../protocol/messages/api-versions.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { AdvertisedListener } from "./broker-lifecycle.ts";

const DELAY_MS = 1_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** The first version in which a client says whom it expects, and is told when it is somebody else (KIP-1242). */
const NAMES_THE_NODE = 5;

export interface AdvertisedCheckOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log">;
  readonly clusterId: string;
  readonly nodeId: number;
  readonly listeners: readonly AdvertisedListener[];
}

/**
 * Dials what the broker tells its clients to dial, and warns when nobody answers there, or somebody else does: the usual
 * cause of clients that connect once and then hang. Not at once: the clients that have waited for the broker come first.
 * To be cancelled when the broker stops: what fails then says nothing.
 */
export function scheduleAdvertisedCheck(options: AdvertisedCheckOptions): Cancel {
  let isServing = true;
  const cancelTimer = options.runtime.clock.schedule(DELAY_MS, () => void check(options, () => isServing));
  return () => {
    isServing = false;
    cancelTimer();
  };
}

async function check(options: AdvertisedCheckOptions, isServing: () => boolean): Promise<void> {
  await Promise.all(
    options.listeners.map(async (listener) => {
      const problem = await dial(options, listener);
      if (problem === undefined || !isServing()) return;
      const { name, host, port } = listener;
      options.runtime.log.write(
        "warn",
        `advertised.listeners tells clients of listener ${name} to connect to ${host}:${port}, but ${problem}. Clients that cannot reach it either will fail after their first request; set advertised.listeners to an address that leads here.`,
      );
    }),
  );
}

async function dial(options: AdvertisedCheckOptions, { host, port }: AdvertisedListener): Promise<string | undefined> {
  const { clusterId, nodeId, runtime } = options;
  const limits = {
    clientId: `broker-${nodeId}-advertised-check`,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: CONNECT_TIMEOUT_MS,
  };
  let connection: ClientConnection | undefined;
  try {
    connection = await ClientConnection.open(runtime, { host, port }, limits);
    const { errorCode } = await connection.request(
      ApiVersionsRequest,
      ApiVersionsResponse,
      { ...CLIENT_SOFTWARE, clusterId, nodeId },
      { version: NAMES_THE_NODE },
    );
    return errorCode === ErrorCode.NONE ? undefined : "another broker answers there";
  } catch (error) {
    if (error instanceof ProtocolError) return "something else answers there";
    if (error instanceof ConnectionError) {
      return connection === undefined && error.code !== "EPROTO"
        ? `it cannot be reached from here (${error.message})`
        : "something else answers there";
    }
    throw error;
  } finally {
    connection?.close();
  }
}
