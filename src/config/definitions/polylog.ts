import { atLeast, boolean, list, long, oneOf, string } from "../definition.ts";

/** What Kafka has no key for. */
export const polylogConfigs = {
  "polylog.http.listeners": list([], {
    importance: "medium",
    supported: true,
    documentation:
      "Where health checks and metrics are served over HTTP: `http://host:port`, separated by commas; empty: nowhere. There is no authentication, so keep it on the loopback interface or a private network.",
  }),
  "polylog.fast.failover": boolean(true, {
    importance: "medium",
    supported: true,
    documentation:
      "Whether a controller notices at once that the process of a broker, or of the active controller, is gone: its connection has broken, and its system refuses two new ones. Otherwise, and for a process that does not answer at all, sessions and timeouts have to run out.",
  }),
  "polylog.log.dir.stall.timeout.ms": long(60_000, {
    importance: "medium",
    allowed: atLeast(1_000),
    supported: true,
    documentation:
      "After how long a log directory whose file system does not answer (a dying disk, NFS without its server) is taken out of use, as by an I/O error. Until then requests to its partitions wait (`polylog.log.dir.stall.produce.timeout.ms`) or are refused with KAFKA_STORAGE_ERROR, which clients try again, and those to other directories go on. A start waits as long for each, and then goes on without it. Only with several directories, that of the metadata log counted; a single one, and the metadata log, wait as long as it takes.",
  }),
  "polylog.log.dir.stall.produce.timeout.ms": long(5_000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "How long batches from producers wait for a log directory whose file system does not answer: a slow disk then takes them in the order in which they came. After that, until the directory answers, they are refused with KAFKA_STORAGE_ERROR at once. 0: they never wait.",
  }),
  "polylog.log.dir.stall.produce.bytes": long(67_108_864, {
    importance: "low",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "How many bytes of batches from producers wait in memory for log directories that do not answer. What exceeds this is refused with KAFKA_STORAGE_ERROR.",
  }),
  "polylog.zero.copy": string("auto", {
    importance: "low",
    allowed: oneOf("auto", "on", "off"),
    supported: true,
    documentation:
      "How records get from the log to consumers. `auto`: by sendfile(2), without passing through the broker's memory, where that is possible (plain text connections on Linux), otherwise by copying; the log says which at the start, and why. `on`: it is an error if it is not possible. `off`: always by copying.",
  }),
  "polylog.max.open.segment.files": long(-1, {
    importance: "low",
    allowed: atLeast(-1),
    supported: true,
    documentation:
      "How many files of segments (records and indexes) stay open at the same time. Beyond that, the files that have gone unused for longest are closed, and opened again when they are needed. Only files that answers are being read from, or that one turn of the loop needs, can exceed the limit. -1: half of what the system lets the process open (`ulimit -n`), 10,000 at most.",
  }),
  "polylog.max.decompressed.batch.bytes": long(268_435_456, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation:
      "How much the records of one batch of a producer may take once they are decompressed, in bytes. A batch over it is refused with MESSAGE_TOO_LARGE, before more memory than that was used.",
  }),
  "polylog.max.decompressed.request.bytes": long(1_073_741_824, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation:
      "How much the batches of one Produce request may take together once they are decompressed, in bytes: it bounds the work that a small request can cause. The batches that go over it are refused with MESSAGE_TOO_LARGE.",
  }),
  "polylog.queued.max.decompressed.bytes": long(536_870_912, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation:
      "The memory for batches of producers that are decompressed at the same time in other threads, in bytes. When it is used up, other batches wait; a single batch always gets its turn.",
  }),
};
