/** The text format of Prometheus (version 0.0.4): families of samples, each with help and type. */

export type Labels = Readonly<Record<string, string | number>>;

export class PrometheusText {
  private readonly lines: string[] = [];

  /** Begins a family; its samples follow. */
  family(name: string, type: "counter" | "gauge" | "histogram", help: string): void {
    this.lines.push(
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
    );
  }

  sample(name: string, value: number, labels: Labels = {}): void {
    this.lines.push(`${name}${formatLabels(labels)} ${value}`);
  }

  /** `counts` has one entry per bound and a last one for everything above. */
  histogram(name: string, bounds: readonly number[], counts: ArrayLike<number>, sum: number, labels: Labels): void {
    let total = 0;
    for (let slot = 0; slot < counts.length; slot++) {
      total += counts[slot]!;
      const bound = slot < bounds.length ? String(bounds[slot]) : "+Inf";
      this.sample(`${name}_bucket`, total, { ...labels, le: bound });
    }
    this.sample(`${name}_sum`, sum, labels);
    this.sample(`${name}_count`, total, labels);
  }

  toString(): string {
    return `${this.lines.join("\n")}\n`;
  }
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
