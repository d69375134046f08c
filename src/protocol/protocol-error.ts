/** Bytes that are not a well-formed Kafka message, or a value that a version of a message can't carry. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
