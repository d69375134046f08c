import { CreateAclsRequest } from "../../../src/protocol/messages/create-acls.ts";
import { DeleteAclsRequest } from "../../../src/protocol/messages/delete-acls.ts";
import { DescribeAclsRequest } from "../../../src/protocol/messages/describe-acls.ts";
import type { Input, Message } from "../../../src/protocol/schema.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

/** UNKNOWN, ANY, what there is, and what nobody has defined. */
const CODES = [0, 1, 2, 3, 99, -1];

const filter = {
  resourceTypeFilter: 2,
  patternTypeFilter: 3,
  resourceNameFilter: "sbs-acl" as string | null,
  principalFilter: "User:nobody" as string | null,
  hostFilter: "*" as string | null,
  operation: 3,
  permissionType: 3,
};
const creation = {
  resourceType: 2,
  resourcePatternType: 3,
  resourceName: "sbs-acl",
  principal: "User:nobody",
  host: "*",
  operation: 3,
  permissionType: 3,
};

/** On a connection of its own, as some are closed. */
async function ask<Request extends Message>(
  transcript: Transcript,
  step: string,
  request: Request,
  version: number,
  value: Input<Request>,
): Promise<void> {
  const connection = await transcript.connection.another();
  transcript.note(`${step} (${request.name} v${version})`, await connection.ask(request, version, value));
  connection.close();
}

export const aclScenarios: Scenario[] = [
  {
    name: "requests about ACLs are refused alike where there is no authorizer",
    async run(transcript) {
      for (const version of versionsOf(DescribeAclsRequest)) {
        const describe = (step: string, more: object = {}) =>
          ask(transcript, step, DescribeAclsRequest, version, { ...filter, ...more });
        const remove = (step: string, ...filters: object[]) =>
          ask(transcript, step, DeleteAclsRequest, version, {
            filters: filters.map((each) => ({ ...filter, ...each })),
          });
        const create = (step: string, ...creations: object[]) =>
          ask(transcript, step, CreateAclsRequest, version, {
            creations: creations.map((each) => ({ ...creation, ...each })),
          });
        const everything = { resourceNameFilter: null, principalFilter: null, hostFilter: null };
        await describe("of anything", everything);
        await describe("of no name", { resourceNameFilter: "", principalFilter: "", hostFilter: "" });
        await remove("none");
        await remove("anything, twice", everything, everything);
        await create("none");
        await create("two", {}, {});
        await create("of no name", { resourceName: "", principal: "", host: "" });
        await create("of no principal", { principal: "nobody" });
        for (const code of CODES) {
          for (const element of ["resourceType", "patternType", "operation", "permissionType"]) {
            const name = element.endsWith("Type") && element !== "permissionType" ? `${element}Filter` : element;
            await describe(`${element} ${code}`, { [name]: code });
            await remove(`${element} ${code}`, {}, { [name]: code });
            const created = element === "patternType" ? "resourcePatternType" : element;
            await create(`${element} ${code}`, {}, { [created]: code });
          }
        }
      }
    },
  },
];
