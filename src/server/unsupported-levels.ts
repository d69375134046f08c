import type { SupportedFeature } from "./services.ts";

/** Says which features a cluster has at levels that a node cannot work at, and what to do; undefined when there are none. */
export function unsupportedLevels(
  finalized: ReadonlyMap<string, number>,
  supported: readonly SupportedFeature[],
): string | undefined {
  const problems: string[] = [];
  const downgrades: string[] = [];
  for (const [name, level] of finalized) {
    const { min, max } = supported.find((feature) => feature.name === name) ?? { min: 0, max: 0 };
    if (level >= min && level <= max) continue;
    const range = min === max ? `only level ${min}` : `levels ${min} to ${max}`;
    problems.push(`the cluster has ${name} at level ${level}, and this node supports ${range}`);
    if (level > max) downgrades.push(` --feature ${name}=${max}`);
  }
  if (problems.length === 0) return undefined;
  const command = `kafka-features --bootstrap-server HOST:PORT downgrade${downgrades.join("")}`;
  const advice = downgrades.length === 0 ? "" : `. To let it in, run ${command}`;
  return `${problems.join("; ")}${advice}`;
}
