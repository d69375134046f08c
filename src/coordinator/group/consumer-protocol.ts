/**
 * The topics of a ConsumerProtocolSubscription, the metadata of members of protocol type "consumer". Every version of it
 * begins as version 0 does (int16 version, array of topic names), so that later fields need no knowledge here. Undefined
 * when the bytes are none: then the coordinator does not know what the group is subscribed to.
 */
export function subscribedTopics(metadata: Uint8Array): readonly string[] | undefined {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  if (metadata.length < 6) return undefined;
  let remaining = view.getInt32(2);
  if (remaining < 0) return undefined;
  const text = new TextDecoder();
  const topics: string[] = [];
  let position = 6;
  while (remaining-- > 0) {
    if (position + 2 > metadata.length) return undefined;
    const length = view.getInt16(position);
    const end = position + 2 + length;
    if (length < 0 || end > metadata.length) return undefined;
    topics.push(text.decode(metadata.subarray(position + 2, end)));
    position = end;
  }
  return topics;
}
