import type { SupportedFeature } from "../server/services.ts";

/** Says which features a cluster has at levels that a node cannot work at, and what to do; undefined when there are none. */
export function unsupportedLevels(
  finalized: ReadonlyMap<string, number>,
  supported: readonly SupportedFeature[],
): string | undefined {
  const problems: string[] = [];
  const downgrades: string[] = [];
  const upgrades: string[] = [];
  for (const [name, level] of finalized) {
    const { min, max } = supported.find((feature) => feature.name === name) ?? { min: 0, max: 0 };
    if (level >= min && level <= max) continue;
    const range = min === max ? `only level ${min}` : `levels ${min} to ${max}`;
    problems.push(`the cluster has ${name} at level ${level}, and this node supports ${range}`);
    if (level > max) downgrades.push(` --feature ${name}=${max}`);
    else upgrades.push(` --feature ${name}=${min}`);
  }
  if (problems.length === 0) return undefined;
  const tool = "kafka-features --bootstrap-server HOST:PORT";
  const commands: string[] = [];
  if (upgrades.length > 0) commands.push(`${tool} upgrade${upgrades.join("")}`);
  if (downgrades.length > 0) commands.push(`${tool} downgrade${downgrades.join("")}`);
  return `${problems.join("; ")}. To let it in, run ${commands.join(" and ")}`;
}
