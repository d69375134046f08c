import { type Command, checkOperands } from "./command.ts";
import { readMetadata } from "./metadata-files.ts";
import { metadataTree } from "./metadata-tree.ts";
import { childAt, treeLines } from "./tree.ts";

/** Lines are written together, so many at a time. */
const LINES_PER_WRITE = 1000;

export const metadataShellCommand: Command = {
  name: "metadata shell",
  summary: "Show what the metadata files of a node say about the cluster.",
  operands: "FILE_OR_DIR [PATH]",
  description:
    "Brokers, controllers and who of them votes, topics with their partitions, features and configurations, as a tree; with PATH a part of it. " +
    "FILE_OR_DIR is a log directory, the __cluster_metadata-0 in it, a snapshot (.checkpoint) or a segment (.log), of Polylog or Apache Kafka; " +
    "the node may run. The end of the log is shown too, which may not be committed yet. What may be secret is not printed: settings of brokers, credentials, ACLs.",
  options: [],
  examples: ["polylog metadata shell data", "polylog metadata shell data topics/orders"],
  async run({ runtime, terminal }, args) {
    checkOperands(args, 1, 2, "FILE_OR_DIR");
    const [file, path = ""] = args.operands as [string, string?];
    const metadata = readMetadata(runtime, file.replace(/(.)\/+$/, "$1"));
    const names = path.split("/").filter((name) => name !== "");
    const tree = childAt(metadataTree(metadata), names);
    if (tree === undefined) throw new Error(`The metadata has no ${path}`);
    const { offset, epoch } = metadata.image;
    const title = names.length === 0 ? `Metadata up to offset ${offset}, of epoch ${epoch}` : tree.name;
    const lines = [title, ...treeLines(tree.children ?? [])];
    for (let at = 0; at < lines.length; at += LINES_PER_WRITE) {
      await terminal.write(`${lines.slice(at, at + LINES_PER_WRITE).join("\n")}\n`);
    }
    return 0;
  },
};
