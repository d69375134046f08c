import type { Figures } from "./measure.ts";

/** Rows are figures, columns are brokers; every cell is the median of its rounds. */
export function table(columns: ReadonlyMap<string, readonly Figures[]>): string {
  const names = new Set([...columns.values()].flatMap((rounds) => rounds.flatMap((figures) => [...figures.keys()])));
  const rows = [...names].map((name) => [name, ...[...columns.values()].map((rounds) => cell(rounds, name))]);
  const lines = [["", ...columns.keys()], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line.map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!))).join("  "),
    )
    .join("\n");
}

function cell(rounds: readonly Figures[], name: string): string {
  const values = rounds.map((figures) => figures.get(name)).filter((value) => value !== undefined);
  return values.length === 0 ? "-" : rounded(median(values));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
