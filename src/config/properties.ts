/** The format of `server.properties`: Java's `Properties`, with its escapes, continuation lines and three separators. */

export interface Properties {
  readonly values: Map<string, string>;
  /** By key: where its value stands, from 1. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Throws a SyntaxError that names the line. A key that comes twice keeps its last value, as in Java. */
export function parseProperties(text: string): Properties {
  const values = new Map<string, string>();
  const lines = new Map<string, number>();
  for (const { line, number } of logicalLines(text)) {
    const keyEnd = findKeyEnd(line);
    const key = unescaped(line.slice(0, keyEnd), number);
    values.set(key, unescaped(line.slice(findValueStart(line, keyEnd)), number));
    lines.set(key, number);
  }
  return { values, lines };
}

interface LogicalLine {
  readonly line: string;
  /** Of its first natural line, from 1. */
  readonly number: number;
}

/** Lines without blank ones and comments; a line that ends in an odd number of backslashes goes on in the next. */
function* logicalLines(text: string): Generator<LogicalLine> {
  const natural = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < natural.length; index++) {
    const number = index + 1;
    let line = trimStart(natural[index]!);
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    while (continues(line)) {
      line = line.slice(0, -1) + trimStart(natural[++index] ?? "");
      if (index >= natural.length) break;
    }
    if (line !== "") yield { line, number };
  }
}

function continues(line: string): boolean {
  const backslashes = /\\*$/.exec(line)![0].length;
  return backslashes % 2 === 1;
}

function trimStart(line: string): string {
  return line.replace(/^[ \t\f]+/, "");
}

/** The key ends at the first separator or space that no backslash protects. */
function findKeyEnd(line: string): number {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (/[=: \t\f]/.test(line[at]!)) return at;
  }
  return line.length;
}

/** Spaces, at most one separator, and spaces again stand between key and value. */
function findValueStart(line: string, keyEnd: number): number {
  return keyEnd + /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(keyEnd))![0].length;
}

function unescaped(text: string, lineNumber: number): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(u[0-9a-fA-F]{4}|u|.|$)/gs, (_, escaped: string) => {
    if (escaped === "u") throw new SyntaxError(`line ${lineNumber}: \\u needs four hexadecimal digits`);
    if (escaped.startsWith("u")) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return { t: "\t", n: "\n", r: "\r", f: "\f" }[escaped] ?? escaped;
  });
}
