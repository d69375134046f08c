import { expect, it } from "vitest";
import { subscribedTopics } from "../../../src/coordinator/group/consumer-protocol.ts";
import { encodeToBytes } from "../../../src/protocol/codec.ts";
import { ConsumerProtocolSubscription } from "../../../src/protocol/consumer-protocol/consumer-protocol-subscription.ts";

it("the topics of a subscription of every version are found, of those to come too", () => {
  for (const version of [0, 1, 2, 3]) {
    const body = encodeToBytes(ConsumerProtocolSubscription, version, { topics: ["orders", "größe"] });
    expect(subscribedTopics(Uint8Array.of(0, version, ...body))).toEqual(["orders", "größe"]);
    expect(subscribedTopics(Uint8Array.of(0, 9, ...body, 1, 2, 3))).toEqual(["orders", "größe"]);
  }
});

it("bytes that are no subscription have unknown topics", () => {
  const subscription = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 3, 97, 98, 99);
  expect(subscribedTopics(subscription)).toEqual(["abc"]);
  for (let length = 0; length < subscription.length; length++) {
    expect(subscribedTopics(subscription.subarray(0, length))).toBeUndefined();
  }
  expect(subscribedTopics(Uint8Array.of(0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0))).toBeUndefined();
  expect(subscribedTopics(Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff))).toBeUndefined();
});
