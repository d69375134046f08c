import type { Call } from "./cpu-profile.ts";

const width = 1_400;
const rowHeight = 17;
const headHeight = 48;
const margin = 12;
/** Narrower calls are left out. */
const minWidth = 0.6;
const charWidth = 6.6;

const style = `
  svg { --text: #1f2328; --page: #ffffff; --core: #f4a261; --adapter: #e9c46a; --runtime: #8ecae6; --native: #cdb4db; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --head: #f0f6fc; }
  }
  text { font: 11px ui-monospace, Menlo, Consolas, monospace; fill: var(--text); pointer-events: none; }
  .head { font-size: 14px; fill: var(--head, var(--text)); }
  rect.call:hover { stroke: #1f2328; stroke-width: 1; }`;

/** A flame graph as an SVG that needs nothing else: the widest calls took longest; pointing at one tells all about it. */
export function flameGraph(all: Call, title: string): string {
  const rows: string[] = [];
  const scale = (width - 2 * margin) / Math.max(1, all.totalUs);
  let depth = 0;
  const draw = (call: Call, fromUs: number, level: number): void => {
    depth = Math.max(depth, level);
    rows.push(
      drawCall(call, margin + fromUs * scale, call.totalUs * scale, headHeight + level * rowHeight, all.totalUs),
    );
    let atUs = fromUs;
    for (const called of [...call.calls.values()].sort((a, b) => b.totalUs - a.totalUs)) {
      if (called.totalUs * scale >= minWidth) draw(called, atUs, level + 1);
      atUs += called.totalUs;
    }
  };
  draw(all, 0, 0);
  const height = headHeight + (depth + 1) * rowHeight + margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>${style}
</style>
<rect width="${width}" height="${height}" fill="var(--page)"/>
<text class="head" x="${margin}" y="28">${escaped(title)}: ${(all.totalUs / 1e6).toFixed(2)} s of work</text>
${rows.join("\n")}
</svg>
`;
}

function drawCall(call: Call, x: number, callWidth: number, y: number, totalUs: number): string {
  const share = `${((call.totalUs / totalUs) * 100).toFixed(1)} %`;
  const self = `${((call.selfUs / totalUs) * 100).toFixed(1)} % by itself`;
  const room = Math.floor((callWidth - 4) / charWidth);
  const text =
    room < 3 ? "" : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(call.name.slice(0, room))}</text>`;
  const box = `x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, callWidth - 0.5).toFixed(1)}" height="${rowHeight - 1}"`;
  return `<rect class="call" ${box} rx="2" fill="var(--${kindOf(call.place)})"><title>${escaped(`${call.name} ${call.place}\n${share}, ${self}`)}</title></rect>${text}`;
}

function kindOf(place: string): string {
  if (place === "") return "native";
  if (place.startsWith("src/") || place.startsWith("dist/")) return "core";
  return place.startsWith("adapters/") ? "adapter" : "runtime";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
