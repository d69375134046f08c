/** `listener.name.<listener>.max.connections`: what a listener may have of the connections of its broker. */
import { listenerConfigs } from "./definitions/listeners.ts";
import { parseValue } from "./value.ts";

const KEY = "max.connections";

/** By listener name. As in Apache Kafka, keys have it in lower case. */
export function listenerLimitsIn(
  given: ReadonlyMap<string, string>,
  onProblem: (message: string) => void = () => {},
): Map<string, number> {
  const limits = new Map<string, number>();
  for (const [key, text] of given) {
    const listenerName = limitedListenerOf(key);
    if (listenerName === undefined) continue;
    const parsed = parseValue(KEY, listenerConfigs[KEY], text);
    if (parsed.ok) limits.set(listenerName, parsed.value as number);
    else onProblem(`${key}: ${parsed.message}`);
  }
  return limits;
}

/** Undefined for any other key. */
export function limitedListenerOf(key: string): string | undefined {
  return /^listener\.name\.([^.A-Z]+)\.max\.connections$/.exec(key)?.[1]?.toUpperCase();
}
