import { parseProperties } from "../config/properties.ts";
import type { FileSystem } from "../runtime.ts";
import { readFile, replaceFile } from "./atomic-file.ts";

export const META_PROPERTIES = "meta.properties";

/** Who a log directory belongs to. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Different in every directory; absent in directories formatted before KIP-858. */
  readonly directoryId: string | undefined;
}

/** Undefined when the directory is not formatted. Throws when the file is there and is not version 1. */
export function readMetaProperties(files: FileSystem, directory: string): MetaProperties | undefined {
  const path = `${directory}/${META_PROPERTIES}`;
  const bytes = readFile(files, path);
  return bytes === undefined ? undefined : parseMetaProperties(bytes, path);
}

/** As {@link readMetaProperties}, of what is in the file. */
export function parseMetaProperties(bytes: Uint8Array, path: string): MetaProperties {
  const { values: properties } = parseProperties(new TextDecoder().decode(bytes));
  const version = properties.get("version");
  const clusterId = properties.get("cluster.id");
  const nodeId = properties.get("node.id");
  if (version !== "1") throw new Error(`${path}: version ${version ?? "missing"} is not supported, only 1 is`);
  if (clusterId === undefined) throw new Error(`${path}: cluster.id is missing`);
  if (nodeId === undefined || !/^\d+$/.test(nodeId)) throw new Error(`${path}: node.id is missing or not a number`);
  return { clusterId, nodeId: Number(nodeId), directoryId: properties.get("directory.id") };
}

export async function writeMetaProperties(
  files: FileSystem,
  directory: string,
  properties: MetaProperties,
): Promise<void> {
  const lines = ["version=1", `cluster.id=${properties.clusterId}`, `node.id=${properties.nodeId}`];
  if (properties.directoryId !== undefined) lines.push(`directory.id=${properties.directoryId}`);
  await replaceFile(files, `${directory}/${META_PROPERTIES}`, new TextEncoder().encode(`${lines.join("\n")}\n`));
}
