import { afterEach, beforeEach, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from "../../src/protocol/messages/sasl-authenticate.ts";
import { SaslHandshakeRequest, SaslHandshakeResponse } from "../../src/protocol/messages/sasl-handshake.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

const { ILLEGAL_SASL_STATE } = ErrorCode;
const CONTROLLER = 1;
const BROKER = 2;

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.create([{ roles: "controller" }, { roles: "broker" }]);
  await cluster.start();
});

afterEach(() => cluster.stop());

test.each([CONTROLLER, BROKER])("node %i has no SASL, and tells who asks for it", async (id) => {
  const options = { toController: id === CONTROLLER };
  const shaken = await cluster.ask(id, SaslHandshakeRequest, SaslHandshakeResponse, { mechanism: "PLAIN" }, options);
  expect(shaken).toEqual({ errorCode: ILLEGAL_SASL_STATE, mechanisms: [] });
  const request = { authBytes: new Uint8Array([1]) };
  const answer = await cluster.ask(id, SaslAuthenticateRequest, SaslAuthenticateResponse, request, options);
  expect(answer).toMatchObject({ errorCode: ILLEGAL_SASL_STATE, sessionLifetimeMs: 0 });
});
