import { parseSync } from "vite";

/** What the style rules look at in one file: read from its syntax tree, so that comments and strings can't fool them. */
export interface Source {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly { module: string; line: number }[];
  /** Identifiers that nothing in the file declares, and `Math.random`. */
  readonly globals: readonly Mention[];
  /** Every identifier and every string. */
  readonly words: readonly Mention[];
  /** Declared with `let` or `var` at the top level. */
  readonly moduleVariables: readonly Mention[];
  readonly anys: readonly number[];
  readonly notErasable: readonly Mention[];
}

export interface Mention {
  readonly name: string;
  readonly line: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export function readSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]!.message}`);
  const lineAt = lineFinder(text);
  const found = {
    imports: [] as { module: string; line: number }[],
    uses: [] as Mention[],
    words: [] as Mention[],
    anys: [] as number[],
    notErasable: [] as Mention[],
    declared: new Set<string>(),
  };
  walk(program as unknown as Node, undefined, "", (node, parent, key) => {
    const line = lineAt(node.start);
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
      case "ImportExpression":
      case "TSImportType": {
        const module = (node.source as { value?: unknown } | null | undefined)?.value;
        if (typeof module === "string") found.imports.push({ module, line });
        break;
      }
      case "Identifier": {
        const name = node.name as string;
        found.words.push({ name, line });
        if (declares(parent, key)) found.declared.add(name);
        else if (refers(parent, key)) found.uses.push({ name, line });
        break;
      }
      case "Literal":
        if (typeof node.value === "string") found.words.push({ name: node.value, line });
        break;
      case "TemplateElement":
        found.words.push({ name: String((node.value as { raw: string }).raw), line });
        break;
      case "MemberExpression":
        if (nameOf(node.object) === "Math" && nameOf(node.property) === "random")
          found.uses.push({ name: "Math.random", line });
        break;
      case "TSAnyKeyword":
        found.anys.push(line);
        break;
      case "TSEnumDeclaration":
      case "TSParameterProperty":
        found.notErasable.push({ name: node.type, line });
        break;
      case "TSModuleDeclaration":
        if (!path.endsWith(".d.ts") && node.kind !== "global") found.notErasable.push({ name: node.type, line });
        break;
    }
  });
  return {
    path,
    lines: text.split("\n").length - 1,
    imports: found.imports,
    globals: found.uses.filter(({ name }) => !found.declared.has(name)),
    words: found.words,
    moduleVariables: moduleVariables(program as unknown as Node, lineAt),
    anys: found.anys,
    notErasable: found.notErasable,
  };
}

type Visit = (node: Node, parent: Node | undefined, key: string) => void;

function walk(node: Node, parent: Node | undefined, key: string, visit: Visit): void {
  visit(node, parent, key);
  for (const [childKey, child] of Object.entries(node)) {
    if (Array.isArray(child)) {
      for (const item of child) if (isNode(item)) walk(item, node, childKey, visit);
    } else if (isNode(child)) walk(child, node, childKey, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function nameOf(node: unknown): unknown {
  return isNode(node) && node.type === "Identifier" ? node.name : undefined;
}

/** Whether the identifier at `key` of `parent` gives a name to something: a variable, a parameter, an import. */
function declares(parent: Node | undefined, key: string): boolean {
  switch (parent?.type) {
    case "VariableDeclarator":
    case "ClassDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSInterfaceDeclaration":
      return key === "id";
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return key === "id" || key === "params";
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return key === "local";
    case "TSParameter":
    case "FormalParameter":
    case "CatchClause":
    case "RestElement":
    case "ArrayPattern":
      return true;
    case "AssignmentPattern":
      return key === "left";
    default:
      return false;
  }
}

/** Whether the identifier stands for a value (and is not the name of a property, a label or a type). */
function refers(parent: Node | undefined, key: string): boolean {
  switch (parent?.type) {
    case "MemberExpression":
      return key === "object" || parent.computed === true;
    case "Property":
      return key === "value" || parent.computed === true;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "AccessorProperty":
      return key === "value";
    case "TSQualifiedName":
    case "TSTypeReference":
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "TSTypePredicate":
    case "TSTypeParameter":
    case "TSFunctionType":
    case "TSEnumMember":
    case "LabeledStatement":
    case "ImportSpecifier":
    case "ExportSpecifier":
    case "MetaProperty":
      return false;
    default:
      return true;
  }
}

function moduleVariables(program: Node, lineAt: (position: number) => number): Mention[] {
  return (program.body as Node[])
    .map((statement) =>
      statement.type === "ExportNamedDeclaration" && isNode(statement.declaration) ? statement.declaration : statement,
    )
    .filter(
      (statement) =>
        statement.type === "VariableDeclaration" && statement.kind !== "const" && statement.declare !== true,
    )
    .flatMap((statement) =>
      (statement.declarations as Node[]).map((declarator) => ({
        name: String(nameOf(declarator.id)),
        line: lineAt(statement.start),
      })),
    );
}

function lineFinder(text: string): (position: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (position) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
