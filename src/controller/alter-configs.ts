import { AclOperation, CLUSTER_NAME, ResourceType } from "../protocol/acl-codes.ts";
import { ConfigOperation } from "../protocol/config-operation.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { AlterConfigsRequest } from "../protocol/messages/alter-configs.ts";
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/incremental-alter-configs.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import { type ConfigManager, resourceKey } from "./config-manager.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import type { Decision } from "./decision.ts";

/** Both requests have the same answer. */
type Response = Input<typeof IncrementalAlterConfigsResponse>;
type AnyRequest = Pick<AlterConfigsRequest | IncrementalAlterConfigsRequest, "validateOnly"> & {
  readonly resources: readonly Resource[];
};

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly configOperation?: number;
  }[];
}

/** IncrementalAlterConfigs: each resource changes as a whole or not at all. */
export function incrementalAlterConfigs(
  configs: ConfigManager,
  context: ControllerRequestContext,
  request: IncrementalAlterConfigsRequest,
): Decision<Response> {
  return alter(request, context, ({ resourceType, resourceName, configs: changes }) =>
    configs.alterIncrementally(
      { type: resourceType, name: resourceName },
      changes.map(({ name, value, configOperation }) => ({ name, value, operation: configOperation ?? -1 })),
    ),
  );
}

/** AlterConfigs: what a request does not name goes back to its default. */
export function alterConfigs(
  configs: ConfigManager,
  context: ControllerRequestContext,
  request: AlterConfigsRequest,
): Decision<Response> {
  return alter(request, context, ({ resourceType, resourceName, configs: values }) =>
    configs.replaceAll(
      { type: resourceType, name: resourceName },
      new Map(values.map(({ name, value }) => [name, value])),
    ),
  );
}

export function alterConfigsFailed(request: AnyRequest, error: ApiError): Response {
  return { throttleTimeMs: 0, responses: request.resources.map((resource) => result(resource, error)) };
}

function alter(
  request: AnyRequest,
  context: ControllerRequestContext,
  change: (resource: Resource) => readonly MetadataRecord[] | ApiError,
): Decision<Response> {
  const records: MetadataRecord[] = [];
  const results = new Map<string, Response["responses"][number]>();
  const counts = new Map<string, number>();
  for (const { resourceType, resourceName } of request.resources) {
    const key = resourceKey(resourceType, resourceName);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const resource of request.resources) {
    const key = resourceKey(resource.resourceType, resource.resourceName);
    const problem =
      counts.get(key) === 1
        ? (resourceProblem(resource) ?? accessProblem(context, resource))
        : apiError(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.");
    const changed = problem ?? change(resource);
    if (isApiError(changed)) {
      results.set(key, result(resource, changed));
      continue;
    }
    for (const record of changed) records.push(record);
    results.set(key, result(resource, NO_ERROR));
  }
  return {
    records: request.validateOnly ? [] : records,
    response: { throttleTimeMs: 0, responses: [...results.values()] },
  };
}

function resourceProblem({ resourceType, configs }: Resource): ApiError | undefined {
  const names = configs.map((config) => config.name);
  if (new Set(names).size !== names.length) {
    return apiError(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
  }
  const nulls = configs.filter(
    ({ value, configOperation }) => value === null && configOperation !== ConfigOperation.DELETE,
  );
  if (nulls.length > 0) {
    const message = `Null value not supported for : ${nulls.map((config) => config.name).join(",")}`;
    return apiError(ErrorCode.INVALID_REQUEST, message);
  }
  if (CONFIGURABLE.has(resourceType)) return undefined;
  return apiError(ErrorCode.UNSUPPORTED_VERSION, `Unknown resource type ${resourceType}.`);
}

const CONFIGURABLE: ReadonlySet<number> = new Set([
  ConfigResourceType.TOPIC,
  ConfigResourceType.BROKER,
  ConfigResourceType.CLIENT_METRICS,
  ConfigResourceType.GROUP,
]);

function accessProblem(context: ControllerRequestContext, resource: Resource): ApiError | undefined {
  const { resourceType, resourceName } = resource;
  const unless = (type: number, name: string, errorCode: number, errorMessage: string) =>
    context.authorize(AclOperation.ALTER_CONFIGS, type, name) ? undefined : apiError(errorCode, errorMessage);
  switch (resourceType) {
    case ConfigResourceType.TOPIC:
      return unless(
        ResourceType.TOPIC,
        resourceName,
        ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        "Topic authorization failed.",
      );
    case ConfigResourceType.GROUP:
      return unless(
        ResourceType.GROUP,
        resourceName,
        ErrorCode.GROUP_AUTHORIZATION_FAILED,
        "Group authorization failed.",
      );
    default:
      return unless(
        ResourceType.CLUSTER,
        CLUSTER_NAME,
        ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
        "Cluster authorization failed.",
      );
  }
}

function result({ resourceType, resourceName }: Resource, error: ApiError): Response["responses"][number] {
  return { ...error, resourceType, resourceName };
}
