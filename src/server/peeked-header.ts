/** The fixed start of every request header, all versions: enough to find the API and to answer an unknown version. */
export interface PeekedHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
}

/** Undefined when the frame is too short to hold a header. */
export function peekHeader(frame: Uint8Array): PeekedHeader | undefined {
  if (frame.length < 8) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return { apiKey: view.getInt16(0), apiVersion: view.getInt16(2), correlationId: view.getInt32(4) };
}
