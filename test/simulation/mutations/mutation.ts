/** A defect that is put into one place of the sources, to see that the simulator finds it. */
export interface Mutation {
  /** What the code does wrong then. */
  readonly name: string;
  /** That has to be found broken. */
  readonly invariant: string;
  /** Below the repository's root. */
  readonly file: string;
  /** Has to be there exactly once. */
  readonly code: string;
  readonly mutant: string;
  /** By which it was found; when other code has changed, one of the next may be needed. */
  readonly seed: number;
}

/** The source with the defect. Throws when the code to change is not there any more, or more than once. */
export function mutate(source: string, { name, file, code, mutant }: Mutation): string {
  const count = source.split(code).length - 1;
  if (count !== 1) throw new Error(`Mutation "${name}": ${file} has ${count} times what is to be changed: ${code}`);
  return source.replace(code, () => mutant);
}
