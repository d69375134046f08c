import type { OptionDefinition } from "./arguments.ts";
import type { Command } from "./command.ts";

const HELP: OptionDefinition = { name: "help", short: "h", documentation: "Show this help." };

const LINE_WIDTH = 100;

/** What `--help` prints for one command. */
export function helpOf(command: Command): string {
  const options = [...command.options, HELP];
  const operands = command.operands === undefined ? "" : ` ${command.operands}`;
  const lines = [`Usage: polylog ${command.name}${operands} [OPTION]...`, "", ...wrap(command.summary, 0)];
  if (command.description !== undefined) lines.push("", ...wrap(command.description, 0));
  lines.push("", "Options:", ...table(options.map((option) => [signature(option), option.documentation])));
  if (command.examples !== undefined) lines.push("", "Examples:", ...command.examples.map((it) => `  ${it}`));
  return `${lines.join("\n")}\n`;
}

/** What `polylog --help`, or `polylog topic --help`, prints: the commands, one line each. */
export function overview(
  commands: readonly { readonly name: string; readonly summary: string }[],
  program = "polylog",
): string {
  const lines = [
    `Usage: ${program} COMMAND [OPTION]...`,
    "",
    "Commands:",
    ...table(commands.map(({ name, summary }) => [name, summary])),
    "",
    `${program} COMMAND --help says more about one of them; polylog --version tells the version.`,
  ];
  return `${lines.join("\n")}\n`;
}

function signature({ name, short, value }: OptionDefinition): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/** Two columns; a left side that is too wide has a line of its own. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  const indent = width + 4;
  return rows.flatMap(([left, right]) => {
    const [first = "", ...more] = wrap(right, indent);
    if (left.length > width) return [`  ${left}`, first, ...more];
    return [`  ${left.padEnd(width)}  ${first.trimStart()}`, ...more];
  });
}

function wrap(text: string, indent: number): string[] {
  const margin = " ".repeat(indent);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(margin + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, margin + line];
}
