/** Kafka's codes of what IncrementalAlterConfigs does to a setting (KIP-339). */
export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

const names: ReadonlyMap<number, string> = new Map(Object.entries(ConfigOperation).map(([name, code]) => [code, name]));

/** Undefined for a code that is none. */
export function configOperationName(code: number): string | undefined {
  return names.get(code);
}
