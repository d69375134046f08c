import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import type { AssignReplicasToDirsRequest } from "../protocol/messages/assign-replicas-to-dirs.ts";
import type { Input } from "../protocol/schema.ts";
import type { DirectoryAssignments } from "../replica/log-dirs/replica-directories.ts";
import type { Cancel, Runtime } from "../runtime.ts";

const ASSIGN_REPLICAS_TO_DIRS_VERSION = 0;
/** Assignments that are made within this time go together, in milliseconds. */
const LINGER_MS = 100;
const MAX_BACKOFF_MS = 10_000;
const MAX_ASSIGNMENTS_PER_REQUEST = 2_250;

export interface ControllerDirectoryAssignmentsOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly controller: Pick<Controller, "assignReplicasToDirs">;
  readonly nodeId: number;
  readonly brokerEpoch: () => number;
  readonly metadata: () => MetadataImage;
}

interface Assignment {
  readonly topicId: string;
  readonly index: number;
  readonly directoryId: string;
  accepted(): void;
}

/** Tells the controller in which directories this broker's replicas are, one request at a time, until it has accepted that. */
export class ControllerDirectoryAssignments implements DirectoryAssignments {
  readonly #options: ControllerDirectoryAssignmentsOptions;
  /** By partition. */
  #waiting = new Map<string, Assignment>();
  #isSending = false;
  #failures = 0;
  #cancel: Cancel | undefined = undefined;
  #isClosed = false;

  constructor(options: ControllerDirectoryAssignmentsOptions) {
    this.#options = options;
  }

  assign(replica: { topicId: string; index: number }, directoryId: string, accepted: () => void): void {
    const { topicId, index } = replica;
    this.#waiting.set(`${topicId}:${index}`, { topicId, index, directoryId, accepted });
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#isClosed || this.#isSending || this.#cancel !== undefined || this.#waiting.size === 0) return;
    const delayMs = Math.min(LINGER_MS * 2 ** Math.min(this.#failures, 10), MAX_BACKOFF_MS);
    this.#cancel = this.#options.runtime.clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      this.#send();
    });
  }

  #send(): void {
    const { controller, nodeId, brokerEpoch } = this.#options;
    const sent = this.#take();
    if (sent.length === 0) return;
    this.#isSending = true;
    const request = { brokerId: nodeId, brokerEpoch: brokerEpoch(), directories: directoriesOf(sent) };
    controller.assignReplicasToDirs(internalContext(ASSIGN_REPLICAS_TO_DIRS_VERSION), request, (response) => {
      this.#isSending = false;
      if (response.errorCode !== ErrorCode.NONE) this.#failed(sent, response.errorCode);
      else this.#answered(sent, response.directories);
      this.#schedule();
    });
  }

  /** Drops assignments of partitions that have left this broker meanwhile: nobody waits for them. */
  #take(): Assignment[] {
    const { topics } = this.#options.metadata();
    const taken: Assignment[] = [];
    for (const [key, assignment] of this.#waiting) {
      if (taken.length === MAX_ASSIGNMENTS_PER_REQUEST) break;
      this.#waiting.delete(key);
      const replicas = topics.byId(assignment.topicId)?.partitions[assignment.index]?.replicas;
      if (replicas?.includes(this.#options.nodeId)) taken.push(assignment);
    }
    return taken;
  }

  #failed(sent: readonly Assignment[], errorCode: number): void {
    if (this.#failures++ === 0) {
      const text = `The controller was not told the directories of ${sent.length} replicas: ${errorName(errorCode)}`;
      this.#options.runtime.log.write("warn", `${text}; trying again`);
    }
    for (const assignment of sent) this.#again(assignment);
  }

  #answered(sent: readonly Assignment[], directories: readonly AnsweredDirectory[]): void {
    const errorCodes = new Map<string, number>();
    for (const { topics } of directories) {
      for (const { topicId, partitions } of topics) {
        for (const { partitionIndex, errorCode } of partitions)
          errorCodes.set(`${topicId}:${partitionIndex}`, errorCode);
      }
    }
    const before = this.#waiting.size;
    for (const assignment of sent) {
      const errorCode = errorCodes.get(`${assignment.topicId}:${assignment.index}`);
      if (errorCode === ErrorCode.NONE) assignment.accepted();
      else this.#again(assignment);
    }
    this.#failures = this.#waiting.size > before ? this.#failures + 1 : 0;
  }

  /** Keeps the assignment for the next request, unless there is a newer one for the partition. */
  #again(assignment: Assignment): void {
    const key = `${assignment.topicId}:${assignment.index}`;
    if (!this.#isClosed && !this.#waiting.has(key)) this.#waiting.set(key, assignment);
  }
}

type RequestedDirectory = Input<typeof AssignReplicasToDirsRequest>["directories"][number];
type AnsweredDirectory = {
  readonly topics: readonly {
    readonly topicId: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
  }[];
};

function directoriesOf(assignments: readonly Assignment[]): RequestedDirectory[] {
  const byDirectory = new Map<string, Map<string, { partitionIndex: number }[]>>();
  for (const { topicId, index, directoryId } of assignments) {
    const topics = byDirectory.get(directoryId) ?? new Map<string, { partitionIndex: number }[]>();
    byDirectory.set(directoryId, topics);
    topics.set(topicId, [...(topics.get(topicId) ?? []), { partitionIndex: index }]);
  }
  return Array.from(byDirectory, ([id, topics]) => ({
    id,
    topics: Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions })),
  }));
}
