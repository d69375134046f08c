import { ConfigResourceType } from "../controller/metadata-image.ts";
import { ErrorCode } from "../protocol/error-codes.ts";

/** A resource of an AlterConfigs or IncrementalAlterConfigs request. */
interface AlterableResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly configOperation?: number;
  }[];
}

export interface ResourceAnswer {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface Preprocessed<Resource> {
  /** What the controller has to decide. */
  readonly remaining: readonly Resource[];
  /** All answers in the order of the request, given those of the controller. */
  assemble(decided: readonly ResourceAnswer[]): ResourceAnswer[];
}

const DELETE = 1;

const ALTERABLE: ReadonlySet<number> = new Set([
  ConfigResourceType.TOPIC,
  ConfigResourceType.BROKER,
  ConfigResourceType.CLIENT_METRICS,
  ConfigResourceType.GROUP,
]);

/** What a broker checks before the controller sees it: only it knows which broker the client talks to. */
export function preprocessConfigs<Resource extends AlterableResource>(
  resources: readonly Resource[],
  nodeId: number,
): Preprocessed<Resource> {
  const counts = new Map<string, number>();
  for (const resource of resources) counts.set(keyOf(resource), (counts.get(keyOf(resource)) ?? 0) + 1);
  const problems = new Map<Resource, string>();
  for (const resource of resources) {
    const problem =
      counts.get(keyOf(resource))! > 1 ? "Each resource must appear at most once." : problemOf(resource, nodeId);
    if (problem !== undefined) problems.set(resource, problem);
  }
  return {
    remaining: resources.filter((resource) => !problems.has(resource)),
    assemble(decided) {
      const byKey = new Map(decided.map((answer) => [keyOf(answer), answer]));
      return resources.map((resource) => {
        const errorMessage = problems.get(resource);
        const { resourceType, resourceName } = resource;
        if (errorMessage === undefined) return byKey.get(keyOf(resource))!;
        return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage, resourceType, resourceName };
      });
    },
  };
}

/** Undefined when `name` is this broker's id; otherwise Kafka's objection. */
export function brokerNameProblem(name: string, nodeId: number, what: string, alternative = ""): string | undefined {
  if (!/^[+-]?\d+$/.test(name)) return `${what} must be an integer, but it is: ${name}`;
  if (Number(name) === nodeId) return undefined;
  return `Unexpected broker id, expected ${nodeId}${alternative}, but received ${name}`;
}

function problemOf(resource: AlterableResource, nodeId: number): string | undefined {
  const { resourceType, resourceName, configs } = resource;
  const names = configs.map(({ name }) => name);
  if (new Set(names).size < names.length) return "Error due to duplicate config keys";
  const nulls = configs.filter(({ value, configOperation }) => value === null && configOperation !== DELETE);
  if (nulls.length > 0) return `Null value not supported for : ${nulls.map(({ name }) => name).join(", ")}`;
  if (!ALTERABLE.has(resourceType)) return `Unknown resource type ${resourceType}`;
  if (resourceType !== ConfigResourceType.BROKER || resourceName === "") return undefined;
  return brokerNameProblem(resourceName, nodeId, "Node id");
}

function keyOf({ resourceType, resourceName }: { resourceType: number; resourceName: string }): string {
  return `${resourceType}/${resourceName}`;
}
