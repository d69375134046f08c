import { atLeast, boolean, double, int, LONG_MAX, long, notEmpty, range, string } from "../definition.ts";

/** Remote (tiered) storage (KIP-405). */
export const remoteLogConfigs = {
  "remote.log.storage.system.enable": boolean(false, {
    importance: "medium",
    documentation: "Whether old segments can be kept in remote storage.",
  }),
  "remote.log.storage.manager.class.name": string(null, {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The Java class that moves segments to remote storage.",
  }),
  "remote.log.storage.manager.class.path": string(null, {
    importance: "medium",
    documentation: "Where the remote storage class is found.",
  }),
  "remote.log.storage.manager.impl.prefix": string("rsm.config.", {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The prefix of keys that are handed to the remote storage class.",
  }),
  "remote.log.metadata.manager.class.name": string(
    "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
    {
      importance: "medium",
      allowed: notEmpty,
      documentation: "The Java class that keeps the metadata of remote segments.",
    },
  ),
  "remote.log.metadata.manager.class.path": string(null, {
    importance: "medium",
    documentation: "Where the class for remote metadata is found.",
  }),
  "remote.log.metadata.manager.impl.prefix": string("rlmm.config.", {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The prefix of keys that are handed to the class for remote metadata.",
  }),
  "remote.log.metadata.manager.listener.name": string(null, {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The listener that the class for remote metadata uses.",
  }),
  "remote.log.metadata.custom.metadata.max.bytes": int(128, {
    importance: "low",
    allowed: atLeast(0),
    documentation: "The most bytes of its own that a storage class may keep per segment.",
  }),
  "remote.log.index.file.cache.total.size.bytes": long(1_073_741_824, {
    importance: "low",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Disk space for the indexes of remote segments.",
  }),
  "remote.log.index.file.cache.ttl.ms": long(900_000, {
    importance: "low",
    allowed: atLeast(-1),
    internal: true,
    documentation: "How long an unused index of a remote segment is kept, in milliseconds.",
  }),
  "remote.log.manager.thread.pool.size": int(2, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "Threads for remote storage, where no other size is given.",
  }),
  "remote.log.manager.copier.thread.pool.size": int(10, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Threads that copy segments to remote storage.",
  }),
  "remote.log.manager.expiration.thread.pool.size": int(10, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Threads that delete expired remote segments.",
  }),
  "remote.log.manager.follower.thread.pool.size": int(2, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Threads for the remote storage work of followers.",
  }),
  "remote.log.manager.task.interval.ms": long(30_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How often remote storage work is looked for, in milliseconds.",
  }),
  "remote.log.manager.task.retry.backoff.ms": long(500, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    documentation: "The first pause after failed remote storage work, in milliseconds.",
  }),
  "remote.log.manager.task.retry.backoff.max.ms": long(30_000, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    documentation: "The longest pause after failed remote storage work, in milliseconds.",
  }),
  "remote.log.manager.task.retry.jitter": double(0.2, {
    importance: "low",
    allowed: range(0, 0.5),
    internal: true,
    documentation: "The random part of pauses after failed remote storage work.",
  }),
  "remote.log.manager.copy.max.bytes.per.second": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "The most bytes per second that are copied to remote storage.",
  }),
  "remote.log.manager.copy.quota.window.num": int(11, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How many samples the quota of copying keeps.",
  }),
  "remote.log.manager.copy.quota.window.size.seconds": int(1, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The length of a sample of the quota of copying, in seconds.",
  }),
  "remote.log.manager.fetch.max.bytes.per.second": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "The most bytes per second that are read from remote storage.",
  }),
  "remote.log.manager.fetch.quota.window.num": int(11, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How many samples the quota of remote reading keeps.",
  }),
  "remote.log.manager.fetch.quota.window.size.seconds": int(1, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The length of a sample of the quota of remote reading, in seconds.",
  }),
  "remote.log.reader.threads": int(10, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Threads that read from remote storage.",
  }),
  "remote.log.reader.max.pending.tasks": int(100, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How many reads from remote storage may wait.",
  }),
  "remote.fetch.max.wait.ms": int(500, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "How long a Fetch waits for remote storage, in milliseconds.",
  }),
  "remote.list.offsets.request.timeout.ms": long(30_000, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "How long ListOffsets waits for remote storage, in milliseconds.",
  }),
  "log.local.retention.ms": long(-2, {
    importance: "medium",
    allowed: atLeast(-2),
    update: "cluster-wide",
    documentation:
      "How long a segment that is in remote storage is kept locally too, in milliseconds; -2: as `log.retention.ms` says.",
  }),
  "log.local.retention.bytes": long(-2, {
    importance: "medium",
    allowed: atLeast(-2),
    update: "cluster-wide",
    documentation:
      "The local size over which segments that are in remote storage are deleted; -2: as `log.retention.bytes` says.",
  }),
  "log.remote.copy.lag.ms": long(0, {
    importance: "medium",
    allowed: atLeast(-1),
    update: "cluster-wide",
    documentation: "How long a segment waits before it is copied to remote storage, in milliseconds.",
  }),
  "log.remote.copy.lag.bytes": long(-1, {
    importance: "medium",
    allowed: atLeast(-1),
    update: "cluster-wide",
    documentation: "How many bytes a segment lies behind before it is copied to remote storage.",
  }),
  "follower.fetch.last.tiered.offset.enable": boolean(false, {
    importance: "medium",
    update: "cluster-wide",
    documentation: "Whether a new follower starts at the last offset of remote storage.",
  }),
};
