const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** The lines of a stream of bytes, without their ends and as they come; the last one need not have an end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let unfinished: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes = unfinished.length === 0 ? chunk : joined(unfinished, chunk);
    const lines: Uint8Array[] = [];
    let start = 0;
    // What was left over has been searched already.
    let end = bytes.indexOf(NEWLINE, unfinished.length);
    while (end >= 0) {
      lines.push(withoutCarriageReturn(bytes.subarray(start, end)));
      start = end + 1;
      end = bytes.indexOf(NEWLINE, start);
    }
    unfinished = bytes.slice(start);
    if (lines.length > 0) yield lines;
  }
  if (unfinished.length > 0) yield [withoutCarriageReturn(unfinished)];
}

function withoutCarriageReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
