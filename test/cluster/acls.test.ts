import { afterEach, beforeEach, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateAclsRequest, CreateAclsResponse } from "../../src/protocol/messages/create-acls.ts";
import { DeleteAclsRequest, DeleteAclsResponse } from "../../src/protocol/messages/delete-acls.ts";
import { DescribeAclsRequest, DescribeAclsResponse } from "../../src/protocol/messages/describe-acls.ts";
import { EnvelopeRequest, EnvelopeResponse } from "../../src/protocol/messages/envelope.ts";
import { wrapRequest } from "../../src/server/envelope.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

const CONTROLLER = 1;
const BROKER = 2;
const NO_AUTHORIZER = { errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: "No Authorizer is configured." };

const creation = {
  resourceType: 2,
  resourceName: "t",
  principal: "User:a",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.create([{ roles: "controller" }, { roles: "broker" }]);
  await cluster.start();
});

afterEach(() => cluster.stop());

function create(id: number, ...changes: Partial<typeof creation>[]) {
  const creations = changes.map((change) => ({ ...creation, ...change }));
  const options = { toController: id === CONTROLLER };
  return cluster.ask(id, CreateAclsRequest, CreateAclsResponse, { creations }, options);
}

test("nobody has an authorizer that ACLs could be given to, neither a broker's controller nor one that is asked", async () => {
  for (const id of [BROKER, CONTROLLER]) {
    const options = { toController: id === CONTROLLER };
    expect((await create(id, {}, {})).results).toEqual([NO_AUTHORIZER, NO_AUTHORIZER]);
    const filters = [filter, filter];
    const deleted = await cluster.ask(id, DeleteAclsRequest, DeleteAclsResponse, { filters }, options);
    expect(deleted.filterResults).toMatchObject([NO_AUTHORIZER, NO_AUTHORIZER]);
  }
});

test("a broker asks the active controller, which may have one, and answers as long as it is to be found", async () => {
  cluster.kill(CONTROLLER);
  const startMs = cluster.clock.elapsed();
  expect((await create(BROKER, {})).results).toMatchObject([{ errorCode: ErrorCode.REQUEST_TIMED_OUT }]);
  expect(cluster.clock.elapsed() - startMs).toBeGreaterThan(10_000);
});

test("what a client has no code for is no request; whoever passes it on is told so", async () => {
  await expect(create(BROKER, {}, { permissionType: 0 })).rejects.toThrow("closed");
  await expect(
    cluster.ask(BROKER, DeleteAclsRequest, DeleteAclsResponse, { filters: [{ ...filter, operation: 0 }] }),
  ).rejects.toThrow("closed");
  await expect(
    cluster.ask(BROKER, DescribeAclsRequest, DescribeAclsResponse, { ...filter, resourceTypeFilter: 0 }),
  ).rejects.toThrow("closed");
  const client = { principal: "User:a", host: "10.0.0.1", clientId: "c" };
  const passedOn = wrapRequest(CreateAclsRequest, { creations: [{ ...creation, operation: 0 }] }, 3, client);
  const { errorCode } = await cluster.ask(CONTROLLER, EnvelopeRequest, EnvelopeResponse, passedOn, {
    toController: true,
  });
  expect(errorCode).toBe(ErrorCode.INVALID_REQUEST);
});
