import { AtomicFile } from "../log/atomic-file.ts";
import type { Checksums, FileSystem } from "../runtime.ts";
import { type ElectionState, formatElectionState, parseElectionState, QUORUM_STATE_FILE } from "./election-state.ts";
import type { QuorumConfiguration } from "./quorum-history.ts";

/**
 * The `quorum-state` of a metadata log. Kafka's format, one line of JSON, has no checksum, and a bit that flips in a digit
 * would make it another vote. So a second line, which Kafka does not read, has the first one's CRC-32C; it is missing when
 * Apache Kafka has written the file.
 */
export class QuorumStateFile {
  readonly #path: string;
  readonly #file: AtomicFile;
  readonly #checksums: Checksums;

  constructor(files: FileSystem, checksums: Checksums, directory: string) {
    this.#path = `${directory}/${QUORUM_STATE_FILE}`;
    this.#file = new AtomicFile(files, this.#path);
    this.#checksums = checksums;
  }

  /** Undefined when there is none. Throws when it is damaged: guessing an epoch or a vote could elect two leaders. */
  read(): ElectionState | undefined {
    const bytes = this.#file.read();
    if (bytes === undefined) return undefined;
    try {
      checkQuorumState(bytes, this.#checksums);
      return parseElectionState(new TextDecoder().decode(bytes));
    } catch (error) {
      const consequence = "the node does not start, as it could vote twice in an epoch";
      throw new Error(`${this.#path} is damaged: ${(error as Error).message}; ${consequence}`, { cause: error });
    }
  }

  /** Resolves when it is on the disk. */
  write(state: ElectionState, { kraftVersion, voters }: Pick<QuorumConfiguration, "kraftVersion" | "voters">) {
    const line = new TextEncoder().encode(`${formatElectionState(state, kraftVersion, voters)}\n`);
    const checksum = new TextEncoder().encode(checksumLine(line, this.#checksums));
    const content = new Uint8Array(line.length + checksum.length);
    content.set(line);
    content.set(checksum, line.length);
    return this.#file.write(() => content);
  }

  /** Nothing is written any more. */
  close(): void {
    this.#file.close();
  }

  /** Resolves when no write is under way. */
  settled(): Promise<void> {
    return this.#file.settled();
  }
}

/** Throws when there is a second line, and it is not the checksum of the first. */
export function checkQuorumState(bytes: Uint8Array, checksums: Checksums): void {
  const end = bytes.indexOf(LINE_FEED) + 1;
  if (end === 0 || end === bytes.length) return;
  const found = new TextDecoder().decode(bytes.subarray(end));
  if (found !== checksumLine(bytes.subarray(0, end), checksums)) throw new Error("its checksum does not match");
}

const LINE_FEED = 0x0a;

function checksumLine(line: Uint8Array, checksums: Checksums): string {
  return `crc32c ${checksums.crc32c(line).toString(16).padStart(8, "0")}\n`;
}
