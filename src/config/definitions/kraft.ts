import { atLeast, boolean, int, list, long, string } from "../definition.ts";

/** The controller quorum and its metadata log. */
export const kraftConfigs = {
  "controller.quorum.voters": list([], {
    importance: "high",
    supported: true,
    documentation: "The controllers of a static quorum: `id@host:port`, separated by commas.",
  }),
  "controller.quorum.bootstrap.servers": list([], {
    importance: "high",
    supported: true,
    documentation: "Addresses by which a node finds the controllers: `host:port`, separated by commas.",
  }),
  "controller.quorum.auto.join.enable": boolean(false, {
    importance: "low",
    supported: true,
    documentation: "Whether a controller joins the quorum's voters by itself.",
  }),
  "controller.quorum.election.timeout.ms": int(1000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long a candidate waits for votes, in milliseconds.",
  }),
  "controller.quorum.election.backoff.max.ms": int(1000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "The longest random pause before another election, in milliseconds.",
  }),
  "controller.quorum.fetch.timeout.ms": int(2000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "How long a follower waits for a fetch from the leader to succeed before it starts an election, in milliseconds.",
  }),
  "controller.quorum.request.timeout.ms": int(2000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long a request between controllers may take, in milliseconds.",
  }),
  "controller.quorum.retry.backoff.ms": int(20, {
    importance: "low",
    allowed: atLeast(0),
    supported: true,
    documentation: "The pause before a failed request between controllers is repeated, in milliseconds.",
  }),
  "controller.quorum.append.linger.ms": int(25, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long the leader gathers metadata records before it writes them, in milliseconds.",
  }),
  "controller.quorum.fetch.max.bytes": int(1_048_576, {
    importance: "low",
    allowed: atLeast(1),
    supported: true,
    documentation: "The most bytes of the metadata log that one fetch answers.",
  }),
  "controller.quorum.fetch.snapshot.max.bytes": int(1_048_576, {
    importance: "low",
    allowed: atLeast(1),
    supported: true,
    documentation: "The most bytes of a snapshot that one fetch answers.",
  }),
  "controller.performance.sample.period.ms": long(60_000, {
    importance: "medium",
    allowed: atLeast(100),
    internal: true,
    documentation: "How often the controller logs how long its events took, in milliseconds.",
  }),
  "controller.performance.always.log.threshold.ms": long(2000, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "A controller event that takes longer is always logged, in milliseconds.",
  }),
  "metadata.log.dir": string(null, {
    importance: "high",
    supported: true,
    documentation: "Where the metadata log is kept. Not set: the first entry of `log.dirs`.",
  }),
  "metadata.log.segment.bytes": int(1_073_741_824, {
    importance: "high",
    allowed: atLeast(8_388_608),
    supported: true,
    documentation: "The largest segment of the metadata log.",
  }),
  "metadata.log.segment.ms": long(604_800_000, {
    importance: "high",
    supported: true,
    documentation: "The longest time before a segment of the metadata log is rolled, in milliseconds.",
  }),
  "metadata.log.max.record.bytes.between.snapshots": long(20_971_520, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "A metadata snapshot is written after so many bytes of records.",
  }),
  "metadata.log.max.snapshot.interval.ms": long(3_600_000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "A metadata snapshot is written after so long, in milliseconds; 0: never for this reason.",
  }),
  "metadata.max.retention.bytes": long(104_857_600, {
    importance: "high",
    supported: true,
    documentation: "Metadata segments and snapshots over this size are deleted; below 0: none are.",
  }),
  "metadata.max.retention.ms": long(604_800_000, {
    importance: "high",
    supported: true,
    documentation: "Metadata segments and snapshots older than this are deleted, in milliseconds; below 0: none are.",
  }),
  "metadata.max.idle.interval.ms": int(500, {
    importance: "low",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "How often the active controller writes a record that does nothing, so that time passes in the log, in milliseconds; 0: never.",
  }),
  "internal.metadata.log.segment.bytes": int(null, {
    importance: "low",
    internal: true,
    documentation: "Another segment size of the metadata log, for tests.",
  }),
  "internal.metadata.max.batch.size.in.bytes": int(8_388_608, {
    importance: "low",
    internal: true,
    documentation: "The largest batch of metadata records.",
  }),
  "internal.metadata.delete.delay.millis": long(60_000, {
    importance: "low",
    internal: true,
    documentation: "How long a deleted metadata file is kept, in milliseconds.",
  }),
};
