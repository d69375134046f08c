import { ConfigError } from "../config/config-error.ts";
import { parseProperties } from "../config/properties.ts";
import type { FileSystem } from "../runtime.ts";

/** A `server.properties`. */
export interface PropertiesFile {
  readonly settings: Map<string, string>;
  /** For messages; undefined when the file does not have the key. */
  whereIs(key: string): string | undefined;
}

/** Throws a {@link ConfigError} when it can't be read. */
export function readPropertiesFile(files: FileSystem, path: string): PropertiesFile {
  const stat = files.stat(path);
  if (stat === undefined) throw new ConfigError([`${path}: there is no such file`]);
  if (stat.kind !== "file") throw new ConfigError([`${path}: not a file`]);
  const file = files.open(path, "read");
  try {
    const bytes = new Uint8Array(stat.sizeBytes);
    const { values, lines } = parseProperties(new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0))));
    return {
      settings: values,
      whereIs(key) {
        const line = lines.get(key);
        return line === undefined ? undefined : `${path}, line ${line}`;
      },
    };
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigError([`${path}: ${error.message}`]);
    throw error;
  } finally {
    file.close();
  }
}
