/**
 * How long a request may take; undefined where it asks for nothing that is to be done (null asks for everything): that is
 * answered however late it is.
 */
export function timeLimit(timeoutMs: number, asked: readonly unknown[] | null): number | undefined {
  return asked?.length === 0 ? undefined : timeoutMs;
}

/** Those whose name is given once: the others are refused whatever the controller would say. */
export function namedOnce<T extends { readonly name: string }>(topics: readonly T[]): T[] {
  const counts = new Map<string, number>();
  for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  return topics.filter(({ name }) => counts.get(name) === 1);
}
