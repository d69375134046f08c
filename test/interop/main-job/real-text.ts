import { accessSync, closeSync, constants, lstatSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Where a Linux machine keeps text: licences, documentation, headers, scripts, data tables. */
const sources = ["/usr/share", "/usr/include", "/usr/lib", "/etc"];
const maxLineBytes = 500_000;
const maxFileBytes = 32 << 20;

/**
 * Writes real lines of this machine's own files, each after a key and a tab, until there are enough. The key is the
 * number of the file a line is from. What is no text is left out; bytes that are no UTF-8 are not.
 */
export function writeRealText(path: string, wantedBytes: number): { sizeBytes: number; lines: number } {
  const out = openSync(path, "w");
  let sizeBytes = 0;
  let lines = 0;
  let fileNumber = 0;
  // Few machines lack the amount; one that does gets its text a second time, under other keys.
  for (let round = 0; sizeBytes < wantedBytes && round < 20; round++) {
    for (const file of textFiles(sources)) {
      if (sizeBytes >= wantedBytes) break;
      const keyed = keyedLines(readFileSync(file), `${round}-${fileNumber++}`);
      writeSync(out, keyed.bytes);
      sizeBytes += keyed.bytes.length;
      lines += keyed.lines;
    }
  }
  closeSync(out);
  if (sizeBytes < wantedBytes) throw new Error(`only ${sizeBytes} bytes of text under ${sources.join(", ")}`);
  return { sizeBytes, lines };
}

function keyedLines(bytes: Buffer, key: string): { bytes: Buffer; lines: number } {
  if (bytes.includes(0)) return { bytes: Buffer.alloc(0), lines: 0 };
  const prefix = Buffer.from(`${key}\t`);
  const parts: Buffer[] = [];
  let lines = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end - start <= maxLineBytes) {
      parts.push(prefix, bytes.subarray(start, end), lineEnd);
      lines++;
    }
    start = end + 1;
  }
  return { bytes: Buffer.concat(parts), lines };
}

const noText = /\.(so|a|o|gz|xz|zst|png|jar|node|pyc)(\.|$)/;
const lineEnd = Buffer.from("\n");

function* textFiles(paths: readonly string[]): Generator<string> {
  for (const path of paths) {
    try {
      const stat = lstatSync(path);
      if (stat.isDirectory()) {
        yield* textFiles(
          readdirSync(path)
            .sort()
            .map((name) => join(path, name)),
        );
      } else if (stat.isFile() && stat.size > 0 && stat.size < maxFileBytes && !noText.test(path)) {
        accessSync(path, constants.R_OK);
        yield path;
      }
    } catch {
      // Gone or unreadable: some other file will do.
    }
  }
}
