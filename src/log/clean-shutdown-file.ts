import type { FileSystem } from "../runtime.ts";
import { readFile } from "./atomic-file.ts";

export const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown";

/**
 * Says that everything in a log directory was flushed and closed, and in which broker epoch (KIP-966). It is written
 * last and removed before anything else is done.
 */
export async function writeCleanShutdownFile(files: FileSystem, directory: string, brokerEpoch: number): Promise<void> {
  const file = files.open(`${directory}/${CLEAN_SHUTDOWN_FILE}`, "create");
  try {
    const content = new TextEncoder().encode(JSON.stringify({ version: 0, brokerEpoch }));
    file.write(content, 0);
    file.truncate(content.length);
    await file.sync();
  } finally {
    file.close();
  }
  await files.syncDirectory(directory);
}

/** The broker epoch, -1 when the file does not tell; undefined when there is no such file. */
export function readCleanShutdownFile(files: FileSystem, directory: string): number | undefined {
  const bytes = readFile(files, `${directory}/${CLEAN_SHUTDOWN_FILE}`);
  if (bytes === undefined) return undefined;
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const epoch = (content as { brokerEpoch?: unknown } | null)?.brokerEpoch;
    return typeof epoch === "number" && Number.isSafeInteger(epoch) ? epoch : -1;
  } catch {
    // Kafka before 3.7 left an empty file.
    return -1;
  }
}

export function removeCleanShutdownFile(files: FileSystem, directory: string): void {
  files.remove(`${directory}/${CLEAN_SHUTDOWN_FILE}`);
}
