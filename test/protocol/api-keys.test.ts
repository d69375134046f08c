import { expect, test } from "vitest";
import { APIS, ApiKey, apiByKey } from "../../src/protocol/api-keys.ts";
import { MESSAGES } from "../../src/protocol/messages/index.ts";

test("every API has a request and a response, of the same versions", () => {
  expect(APIS).toHaveLength(91);
  expect([...MESSAGES.keys()]).toEqual(APIS.map(({ key }) => key));
  for (const { key, name, versions, flexible } of APIS) {
    const { request, response } = MESSAGES.get(key)!;
    expect([request.name, response.name]).toEqual([`${name}Request`, `${name}Response`]);
    for (const message of [request, response]) {
      expect(message, message.name).toMatchObject({ apiKey: key, validVersions: versions, flexibleVersions: flexible });
    }
  }
});

test("the four APIs of ZooKeeper's days are gone", () => {
  expect([4, 5, 6, 7].map(apiByKey)).toEqual([undefined, undefined, undefined, undefined]);
});

test("79 APIs are on broker listeners and 42 on controller listeners", () => {
  expect(APIS.filter(({ listeners }) => listeners.includes("broker"))).toHaveLength(79);
  expect(APIS.filter(({ listeners }) => listeners.includes("controller"))).toHaveLength(42);
  expect(APIS.filter(({ latestVersionUnstable }) => latestVersionUnstable).map(({ key }) => key)).toEqual([
    ApiKey.InitProducerId,
  ]);
});
