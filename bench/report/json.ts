import type { Machine } from "../machine.ts";
import { apacheAgainName, apacheName, type Results, sinkName } from "../results.ts";

/** Every value of every round, with what the table says of them. */
export function resultsJson(results: Results, machine: Machine, rounds: number, isQuick: boolean): string {
  const columns = [...results.columns, apacheAgainName, sinkName];
  const workloads = results.workloads.map((workload) => ({
    id: workload.id,
    title: workload.title,
    figures: results.figuresOf(workload).map((figure) => ({
      figure,
      columns: Object.fromEntries(
        columns.flatMap((column) => {
          const cell = results.cell(workload, column, figure);
          if (cell === undefined) return [];
          const ratio = column === apacheName ? undefined : results.ratio(workload, column, figure);
          const isBound = figure === "MB/s" ? results.isBound(workload, column) : undefined;
          return [[column, { ...cell, ratio, isBound }]];
        }),
      ),
      noise: results.noise(workload, figure),
      ...results.verdict(workload, figure),
    })),
  }));
  return `${JSON.stringify({ machine, rounds, isQuick, workloads }, null, 2)}\n`;
}
