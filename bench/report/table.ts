import { apacheName, type Results } from "../results.ts";
import type { Figure, Workload } from "../workloads/workload.ts";
import { moreIsBetter } from "../workloads/workload.ts";
import { numberText } from "./number-text.ts";

const indent = "  ";

/** Workloads with their figures below them; columns are brokers, every cell is the median of its rounds. */
export function table(results: Results): string {
  const hasApache = results.columns.includes(apacheName);
  const heads = ["", ...results.columns, ...(hasApache ? ["noise", "to reach", "reached", ""] : [])];
  const lines: string[][] = [heads];
  for (const workload of results.workloads) {
    lines.push([workload.title]);
    for (const figure of results.figuresOf(workload)) {
      const cells = results.columns.map((column) => cellText(results, workload, column, figure));
      lines.push([indent + figure, ...cells, ...(hasApache ? comparison(results, workload, figure) : [])]);
    }
  }
  return align(lines);
}

/** `*` marks figures of the load generator more than of the broker. */
function cellText(results: Results, workload: Workload, column: string, figure: Figure): string {
  const cell = results.cell(workload, column, figure);
  if (cell === undefined) return "-";
  const mark = figure === "MB/s" && results.isBound(workload, column) ? "*" : "";
  const spread = cell.values.length > 1 ? ` ±${Math.round(cell.spread * 100)}%` : "";
  return numberText(cell.median) + mark + spread;
}

function comparison(results: Results, workload: Workload, figure: Figure): string[] {
  const noise = results.noise(workload, figure);
  const goal = workload.goals.get(figure);
  const verdict = results.verdict(workload, figure);
  const sign = moreIsBetter(figure) ? ">=" : "<=";
  return [
    noise === undefined ? "-" : `${Math.round(noise * 100)}%`,
    goal === undefined ? "" : `${sign} ${goal.best} / ${goal.every}`,
    verdict === undefined ? "" : `${verdict.best.toFixed(2)} / ${verdict.worst.toFixed(2)}`,
    verdict === undefined ? "" : verdict.isMet ? "yes" : "no",
  ];
}

/** A line of one cell is a title, and as long as it likes. */
function align(lines: readonly string[][]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => (line.length === 1 ? 0 : (line[column]?.length ?? 0)))),
  );
  const text = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return lines.map((line) => (line.length === 1 ? `\n${line[0]}` : line.map(text).join("   ").trimEnd())).join("\n");
}
