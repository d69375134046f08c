/** The name is also a directory's, followed by "-" and a partition number. */
const MAX_NAME_LENGTH = 249;

/** Why a name is no topic's, in Kafka's words; undefined when it is valid. */
export function topicNameProblem(name: string): string | undefined {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > MAX_NAME_LENGTH) {
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return undefined;
}

/**
 * Names that differ only in '.' and '_' share this form: metrics cannot tell them apart, so two such topics are refused.
 * Undefined for a name that can collide with none.
 */
export function collisionForm(name: string): string | undefined {
  return /[._]/.test(name) ? name.replaceAll(".", "_") : undefined;
}
