import { withDynamicConfigs } from "../config/config.ts";
import { isPerBroker } from "../config/dynamic-broker-config.ts";
import { reconfigurationProblem } from "../config/reconfiguration.ts";
import { ConfigOperation } from "../protocol/config-operation.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { configLayersOf, dynamicConfigOf } from "./config-layers-of.ts";
import type { NodeServices } from "./services.ts";

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
  /** The resources that the controller has to decide about. */
  readonly remaining: readonly Resource[];
  /** Merges the controller's answers with those that were given here, in the order of the request. */
  assemble(decided: readonly ResourceAnswer[]): ResourceAnswer[];
}

const { SET, DELETE } = ConfigOperation;

const ALTERABLE: ReadonlySet<number> = new Set([
  ConfigResourceType.TOPIC,
  ConfigResourceType.BROKER,
  ConfigResourceType.CLIENT_METRICS,
  ConfigResourceType.GROUP,
]);

interface ConfigOutcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** The levels of this broker's log are not the controller's to keep: `alter` decides about them at once. */
export interface LoggerResource<Resource> {
  alter(resource: Resource): ConfigOutcome;
}

/** The node that a client talks to: its id, the id of its broker if it answers as one, and its configuration. */
export type AskedNode = Pick<NodeServices, "nodeId" | "brokerId" | "config" | "metadata">;

/** The checks of a node before the controller sees a request. Only the broker itself knows whether it is the right one. */
export function preprocessConfigs<Resource extends AlterableResource>(
  resources: readonly Resource[],
  node: AskedNode,
  loggers?: LoggerResource<Resource>,
): Preprocessed<Resource> {
  const counts = new Map<string, number>();
  for (const resource of resources) counts.set(keyOf(resource), (counts.get(keyOf(resource)) ?? 0) + 1);
  const settled = new Map<Resource, ConfigOutcome>();
  for (const resource of resources) {
    const isLogger = loggers !== undefined && resource.resourceType === ConfigResourceType.BROKER_LOGGER;
    const problem =
      counts.get(keyOf(resource))! > 1
        ? "Each resource must appear at most once."
        : (problemOfConfigs(resource) ?? (isLogger ? loggerProblem(resource, node.nodeId) : problemOf(resource, node)));
    if (problem !== undefined) {
      settled.set(resource, { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: problem });
    } else if (isLogger) {
      settled.set(resource, loggers.alter(resource));
    }
  }
  return {
    remaining: resources.filter((resource) => !settled.has(resource)),
    assemble(decided) {
      const byKey = new Map(decided.map((answer) => [keyOf(answer), answer]));
      return resources.map((resource) => {
        const { resourceType, resourceName } = resource;
        const outcome = settled.get(resource);
        return outcome === undefined ? byKey.get(keyOf(resource))! : { ...outcome, resourceType, resourceName };
      });
    },
  };
}

/** Undefined when `name` is this broker's id; otherwise Kafka's objection. */
export function brokerNameProblem(
  name: string,
  nodeId: number,
  what: string,
  expected = `${nodeId},`,
): string | undefined {
  if (!isInteger(name)) return `${what} must be an integer, but it is: ${name}`;
  if (Number(name) === nodeId) return undefined;
  return `Unexpected broker id, expected ${expected} but received ${name}`;
}

function problemOfConfigs({ configs }: AlterableResource): string | undefined {
  const names = configs.map(({ name }) => name);
  if (new Set(names).size < names.length) return "Error due to duplicate config keys";
  const nulls = configs.filter(({ value, configOperation }) => value === null && configOperation !== DELETE);
  if (nulls.length > 0) return `Null value not supported for : ${nulls.map(({ name }) => name).join(", ")}`;
  return undefined;
}

function problemOf(resource: AlterableResource, node: AskedNode): string | undefined {
  const { resourceType, resourceName } = resource;
  // What a controller is asked, a broker has passed on after its own look; who asks a controller directly goes without.
  if (node.brokerId === undefined) return undefined;
  if (!ALTERABLE.has(resourceType)) return `Unknown resource type ${resourceType}`;
  if (resourceType !== ConfigResourceType.BROKER) return undefined;
  const nameProblem = resourceName === "" ? undefined : brokerNameProblem(resourceName, node.brokerId, "Node id");
  return nameProblem ?? runningBrokerProblem(resource, node);
}

/** Why this broker, as it runs, could not take on the change; undefined when it could. */
function runningBrokerProblem({ resourceName, configs }: AlterableResource, node: AskedNode): string | undefined {
  const image = node.metadata();
  const { cluster, broker } = configLayersOf(image, node.config);
  const isReplacement = configs.every(({ configOperation }) => configOperation === undefined);
  const altered = new Map(isReplacement ? [] : resourceName === "" ? cluster : broker);
  for (const { name, value, configOperation = SET } of configs) {
    // The controller refuses the key, whatever the value.
    if (resourceName === "" && isPerBroker(name)) continue;
    if (configOperation === DELETE) altered.delete(name);
    else if (configOperation === SET && value !== null) altered.set(name, value);
  }
  const next =
    resourceName === ""
      ? withDynamicConfigs(node.config, altered, broker)
      : withDynamicConfigs(node.config, cluster, altered);
  return reconfigurationProblem(node.config, dynamicConfigOf(image, node.config), next);
}

function loggerProblem({ resourceName }: AlterableResource, nodeId: number): string | undefined {
  if (!isInteger(resourceName)) return `Node id must be an integer, but it is: ${resourceName}`;
  if (Number(resourceName) === nodeId) return undefined;
  return `Unexpected node id. Expected ${nodeId}, but received ${resourceName}`;
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}

function keyOf({ resourceType, resourceName }: { resourceType: number; resourceName: string }): string {
  return `${resourceType}/${resourceName}`;
}
