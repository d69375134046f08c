/** A name with what is under it. */
export interface Tree {
  readonly name: string;
  readonly children?: readonly Tree[];
}

/** As `tree` draws it, from the children of the root on. */
export function* treeLines(children: readonly Tree[], margin = ""): Generator<string> {
  for (const [index, child] of children.entries()) {
    const isLast = index === children.length - 1;
    yield `${margin}${isLast ? "└── " : "├── "}${child.name}`;
    if (child.children !== undefined) yield* treeLines(child.children, margin + (isLast ? "    " : "│   "));
  }
}

/** The child at this path of names; a name is what comes before the first space. Undefined when there is none. */
export function childAt(root: Tree, path: readonly string[]): Tree | undefined {
  let found: Tree | undefined = root;
  for (const step of path) found = found?.children?.find(({ name }) => name.split(" ", 1)[0] === step);
  return found;
}
