/**
 * AlterReplicaLogDirs (34), versions 1-2: moves replicas of this broker to others of its log directories, while they are
 * written and read (KIP-113). The answer says that the moves have begun; DescribeLogDirs tells how far they are. A replica
 * that is not here yet is created in the directory when it comes, and answered REPLICA_NOT_AVAILABLE.
 */
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from "../protocol/messages/alter-replica-log-dirs.ts";
import type { ApiHandler } from "../server/api-handler.ts";

export const alterReplicaLogDirs: ApiHandler<typeof AlterReplicaLogDirsRequest, typeof AlterReplicaLogDirsResponse> = {
  request: AlterReplicaLogDirsRequest,
  response: AlterReplicaLogDirsResponse,
  handle({ directories }, _context, request, reply) {
    const wanted = new Map<string, Map<number, string>>();
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions } of topics) {
        if (partitions.length === 0) continue;
        const paths = wanted.get(name) ?? new Map<number, string>();
        wanted.set(name, paths);
        // Of two directories for one replica the last one counts.
        for (const index of partitions) paths.set(index, path);
      }
    }
    const results = Array.from(wanted, ([topicName, paths]) => ({
      topicName,
      partitions: Array.from(paths, ([partitionIndex, path]) => ({
        partitionIndex,
        errorCode: directories.alter(topicName, partitionIndex, path),
      })),
    }));
    reply({ throttleTimeMs: 0, results });
  },
};
