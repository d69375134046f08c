import { type Machine, machineLines } from "../machine.ts";
import type { Results } from "../results.ts";
import { type Figure, moreIsBetter, type Workload } from "../workloads/workload.ts";
import { numberText } from "./number-text.ts";

const width = 920;
const margin = 24;
const gap = 32;
const panelWidth = (width - 2 * margin - gap) / 2;
const barHeight = 16;
const barPitch = 20;
const labelWidth = 96;
const valueWidth = 64;
const panelHead = 40;
const panelFoot = 18;
const headHeight = 84;
const footHeight = 30;

/** What a reader wants to see first; the rest is in the table. */
const chosen: ReadonlySet<Figure> = new Set(["MB/s", "records/s", "broker CPU s/GB", "p99, ms", "ms", "RSS, MB"]);
const titles: Readonly<Record<string, string>> = {
  "apache-kafka": "Apache Kafka",
  node: "Node",
  bun: "Bun",
  deno: "Deno",
};

/** Readable on light and dark pages: the colours follow the reader's scheme. */
const style = `
  svg { --text: #1f2328; --faint: #59636e; --track: #eaeef2; --page: #ffffff; --line: #d1d9e0;
    --node: #2f9e44; --bun: #e8770c; --deno: #1c7ed6; --apache-kafka: #8c959f; }
  @media (prefers-color-scheme: dark) {
    svg { --text: #f0f6fc; --faint: #9198a1; --track: #21262d; --page: #0d1117; --line: #3d444d;
      --node: #51cf66; --bun: #ffa94d; --deno: #4dabf7; --apache-kafka: #868e96; }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--text); }
  .title { font-size: 18px; font-weight: 600; }
  .panel { font-size: 13px; font-weight: 600; }
  .faint { fill: var(--faint); }
  .end { text-anchor: end; }
  .value { font-variant-numeric: tabular-nums; }`;

interface Panel {
  readonly workload: Workload;
  readonly figure: Figure;
}

/** An SVG with a panel for each figure of each workload, two beside each other. */
export function chart(results: Results, machine: Machine): string {
  const panels = results.workloads.flatMap((workload) =>
    results
      .figuresOf(workload)
      .filter((figure) => chosen.has(figure))
      .map((figure) => ({ workload, figure })),
  );
  const panelHeight = panelHead + results.columns.length * barPitch + panelFoot;
  const height = headHeight + Math.ceil(panels.length / 2) * panelHeight + footHeight;
  const drawn = panels.map((panel, index) => {
    const x = margin + (index % 2) * (panelWidth + gap);
    return drawPanel(results, panel, x, headHeight + Math.floor(index / 2) * panelHeight);
  });
  const [hardware, versions, polylog] = machineLines(machine).map(escaped);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Polylog on ${results.columns.map(titleOf).join(", ")}">
<style>${style}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="var(--page)" stroke="var(--line)"/>
<text class="title" x="${margin}" y="36">Polylog, side by side</text>
<text class="faint" x="${margin}" y="57">${hardware}</text>
<text class="faint" x="${margin}" y="73">${versions}</text>
${drawn.join("\n")}
<text class="faint" x="${margin}" y="${height - 16}">${polylog}. Medians; brokers in turn, on loopback. Made by npm run bench.</text>
</svg>
`;
}

function drawPanel(results: Results, { workload, figure }: Panel, x: number, y: number): string {
  const cells = results.columns.map((column) => ({ column, cell: results.cell(workload, column, figure) }));
  const greatest = Math.max(...cells.map(({ cell }) => cell?.median ?? 0));
  const track = panelWidth - labelWidth - valueWidth;
  const bars = cells.map(({ column, cell }, index) => {
    const top = y + panelHead + index * barPitch;
    const length = cell === undefined || greatest === 0 ? 0 : Math.max(1, (cell.median / greatest) * track);
    const text = `y="${top + 12}"`;
    return `<text x="${x}" ${text}>${titleOf(column)}</text>
<rect x="${x + labelWidth}" y="${top}" width="${track}" height="${barHeight}" rx="3" fill="var(--track)"/>
<rect x="${x + labelWidth}" y="${top}" width="${length.toFixed(1)}" height="${barHeight}" rx="3" fill="var(--${column})"/>
<text class="value end" x="${x + panelWidth}" ${text}>${cell === undefined ? "-" : numberText(cell.median)}</text>`;
  });
  return `<text class="panel" x="${x}" y="${y + 14}">${escaped(workload.title)}</text>
<text class="faint" x="${x}" y="${y + 30}">${escaped(figure)}; ${moreIsBetter(figure) ? "more" : "less"} is better</text>
${bars.join("\n")}`;
}

function titleOf(column: string): string {
  return titles[column] ?? column;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
