import { KAFKA, type Program } from "./shared-directory.ts";

const kafkaLine = /^[\d:,]+ ([A-Z]+) \S+ /;
const troubles = /corrupt|invalid|recover|uncleanable|could not be cleaned|ERROR \w*Log/i;
/** What Apache Kafka takes for worth no more than INFO; it reads the whole metadata log at every start. */
const repairs =
  /^(?!.*__cluster_metadata).*(Recovering unflushed|Attempting recovery|no clean shutdown|Rebuilding|corrupt)/;

/** What a program says of a log that it does not find as it should be. */
export function complaints(program: Program, output: string): string[] {
  return output.split("\n").filter((line) => {
    if (program !== KAFKA) return troubles.test(line);
    const level = kafkaLine.exec(line)?.[1];
    // A busy machine makes its other parts complain of each other.
    return level !== undefined && (level === "INFO" ? repairs : troubles).test(line);
  });
}
