import type { Broker } from "../broker.ts";
import type { CleanerMetrics } from "../log/cleaner/cleaner-metrics.ts";
import type { LogManager } from "../log/log-manager.ts";
import { apiByKey } from "../protocol/api-keys.ts";
import type { Runtime } from "../runtime.ts";
import type { ApiMetrics } from "../server/metrics.ts";
import { type Labels, PrometheusText } from "./prometheus-text.ts";

export interface MetricsSource {
  readonly broker: Broker;
  readonly runtime: Runtime;
  readonly version: string;
  /** Monotonic milliseconds at which the process began. */
  readonly startedMs: number;
}

/** Everything that is counted, as Prometheus reads it. */
export function metricsPage(source: MetricsSource): string {
  const text = new PrometheusText();
  writeNode(text, source);
  writeRequests(text, source.broker);
  writeConnections(text, source.broker);
  writeRanges(text, source.runtime);
  writeReplicas(text, source.broker);
  const { logs } = source.broker;
  if (logs !== undefined) {
    writeLogs(text, logs);
    writeCleaner(text, logs);
  }
  writeProcess(text, source.runtime);
  return text.toString();
}

function writeNode(text: PrometheusText, { broker, runtime, version, startedMs }: MetricsSource): void {
  text.family("polylog_info", "gauge", "What runs here; always 1.");
  const { clusterId, nodeId } = broker;
  text.sample("polylog_info", 1, { version, runtime: runtime.name, cluster_id: clusterId, node_id: nodeId });
  text.family("polylog_ready", "gauge", "1 when clients are served.");
  text.sample("polylog_ready", broker.isReady ? 1 : 0);
  text.family("polylog_uptime_seconds", "gauge", "Time since the start.");
  text.sample("polylog_uptime_seconds", (runtime.clock.elapsed() - startedMs) / 1000);
}

function writeRequests(text: PrometheusText, { metrics }: Broker): void {
  const apis = metrics.apis.flatMap((api, key) => (api === undefined ? [] : [{ api, name: nameOf(key) }]));
  text.family("polylog_requests_total", "counter", "Requests that were answered, by API and version.");
  for (const { api, name } of apis) {
    api.versions.forEach((count, version) => {
      if (count > 0) text.sample("polylog_requests_total", count, { api: name, version });
    });
  }
  text.family("polylog_request_duration_seconds", "histogram", "From the last byte of a request to its answer.");
  for (const { api, name } of apis) writeDuration(text, api, { api: name });
  text.family("polylog_request_bytes_total", "counter", "Bytes of requests.");
  for (const { api, name } of apis) text.sample("polylog_request_bytes_total", api.bytesIn.value, { api: name });
  text.family("polylog_response_bytes_total", "counter", "Bytes of answers.");
  for (const { api, name } of apis) text.sample("polylog_response_bytes_total", api.bytesOut.value, { api: name });
}

function writeDuration(text: PrometheusText, { durationMs }: ApiMetrics, labels: Labels): void {
  const bounds = durationMs.bounds.map((bound) => bound / 1000);
  text.histogram("polylog_request_duration_seconds", bounds, durationMs.counts, durationMs.sum / 1000, labels);
}

function nameOf(apiKey: number): string {
  return apiByKey(apiKey)?.name ?? String(apiKey);
}

function writeConnections(text: PrometheusText, { metrics }: Broker): void {
  text.family("polylog_connections", "gauge", "Open connections, by listener.");
  for (const [listener, { opened, closed }] of metrics.listeners) {
    text.sample("polylog_connections", opened.value - closed.value, { listener });
  }
  text.family("polylog_connections_opened_total", "counter", "Connections that were accepted, by listener.");
  for (const [listener, { opened }] of metrics.listeners) {
    text.sample("polylog_connections_opened_total", opened.value, { listener });
  }
  text.family("polylog_connections_failed_total", "counter", "Connections refused, or closed for what they sent.");
  for (const [listener, { failed }] of metrics.listeners) {
    text.sample("polylog_connections_failed_total", failed.value, { listener });
  }
}

function writeRanges(text: PrometheusText, { network }: Runtime): void {
  const { zeroCopyBytes, copiedBytes, coldBytes } = network.sentRanges;
  text.family("polylog_log_bytes_sent_total", "counter", "Bytes of logs that were sent, by the way they took.");
  text.sample("polylog_log_bytes_sent_total", zeroCopyBytes, { way: "zero_copy" });
  text.sample("polylog_log_bytes_sent_total", copiedBytes, { way: "copy" });
  text.family("polylog_log_bytes_read_cold_total", "counter", "Of the copied ones: those that came from the disk.");
  text.sample("polylog_log_bytes_read_cold_total", coldBytes);
}

function writeReplicas(text: PrometheusText, { replicas, isActiveController }: Broker): void {
  const gauge = (name: string, help: string, value: number) => {
    text.family(`polylog_${name}`, "gauge", help);
    text.sample(`polylog_${name}`, value);
  };
  if (isActiveController !== undefined) {
    gauge("active_controller", "1 when this node's controller is the active one.", isActiveController ? 1 : 0);
  }
  if (replicas === undefined) return;
  gauge("replicas", "Partitions that this node has a replica of.", replicas.partitionCount);
  gauge("leaders", "Partitions that this node leads.", replicas.leaderCount);
  gauge("offline_replicas", "Replicas in log directories that have failed.", replicas.offlineReplicaCount);
  gauge(
    "under_replicated_partitions",
    "Led here, with fewer replicas in sync than there are.",
    replicas.underReplicatedCount,
  );
  gauge(
    "under_min_isr_partitions",
    "Led here, with fewer replicas in sync than min.insync.replicas: acks=all is refused.",
    replicas.underMinIsrCount,
  );
  gauge("at_min_isr_partitions", "Led here, with just as many: one less, and it is.", replicas.atMinIsrCount);
}

function writeLogs(text: PrometheusText, manager: LogManager): void {
  const logs = [...manager.logs()];
  text.family("polylog_logs", "gauge", "Partitions with a log on this node.");
  text.sample("polylog_logs", logs.length);
  const families = [
    ["polylog_log_size_bytes", "Size of the segments.", "sizeBytes"],
    ["polylog_log_start_offset", "First offset that is kept.", "logStartOffset"],
    ["polylog_log_end_offset", "Offset of the next record.", "logEndOffset"],
    ["polylog_log_high_watermark", "Offset below which records are committed.", "highWatermark"],
  ] as const;
  for (const [name, help, property] of families) {
    text.family(name, "gauge", help);
    for (const log of logs) text.sample(name, log[property], { topic: log.topic, partition: log.partition });
  }
  const { size, limit } = manager.openFiles;
  text.family("polylog_log_open_files", "gauge", "Files of segments that are open.");
  text.sample("polylog_log_open_files", size);
  text.family(
    "polylog_log_open_files_limit",
    "gauge",
    "Beyond so many, those that were not used for longest are closed.",
  );
  text.sample("polylog_log_open_files_limit", limit);
}

function writeCleaner(text: PrometheusText, logs: LogManager): void {
  const metrics = logs.cleaner?.metrics;
  if (metrics === undefined) return;
  const gauge = (name: string, help: string, value: number) => {
    text.family(`polylog_log_cleaner_${name}`, "gauge", help);
    text.sample(`polylog_log_cleaner_${name}`, value);
  };
  const counter = (name: string, help: string, value: number) => {
    text.family(`polylog_log_cleaner_${name}`, "counter", help);
    text.sample(`polylog_log_cleaner_${name}`, value);
  };
  gauge("max_dirty_percent", "The part of the dirtiest log that is not compacted yet.", 100 * metrics.maxDirtyRatio);
  gauge("recopy_percent", "How much of the last compactions was written again.", 100 * metrics.recopyRatio);
  gauge("max_buffer_utilization_percent", "How full the map of keys got.", 100 * metrics.maxBufferUtilization);
  gauge("max_clean_time_seconds", "How long the last compactions took.", metrics.maxCleanSeconds);
  gauge(
    "max_compaction_delay_seconds",
    "The longest wait beyond max.compaction.lag.ms.",
    metrics.maxCompactionDelayMs / 1000,
  );
  gauge("time_since_last_run_seconds", "Since dirty logs were last looked for.", metrics.timeSinceLastRunMs / 1000);
  counter("compactions_total", "Logs that were compacted.", metrics.cleanings);
  counter("read_bytes_total", "Read by compaction.", metrics.bytesRead);
  counter("written_bytes_total", "Written by compaction.", metrics.bytesWritten);
  writeUncleanable(text, logs.logDirs, metrics);
}

function writeUncleanable(text: PrometheusText, logDirs: readonly string[], { uncleanable }: CleanerMetrics): void {
  const inDirectory = (path: string) => uncleanable.filter(({ directory }) => directory.startsWith(`${path}/`));
  text.family("polylog_log_cleaner_uncleanable_partitions", "gauge", "Partitions of which the last compaction failed.");
  for (const path of logDirs) {
    text.sample("polylog_log_cleaner_uncleanable_partitions", inDirectory(path).length, { log_directory: path });
  }
  text.family("polylog_log_cleaner_uncleanable_bytes", "gauge", "What is not compacted of them, and could be.");
  for (const path of logDirs) {
    const bytes = inDirectory(path).reduce((sum, log) => sum + log.bytes, 0);
    text.sample("polylog_log_cleaner_uncleanable_bytes", bytes, { log_directory: path });
  }
}

function writeProcess(text: PrometheusText, runtime: Runtime): void {
  const usage = runtime.usage();
  text.family("process_resident_memory_bytes", "gauge", "Memory of the process in RAM.");
  text.sample("process_resident_memory_bytes", usage.residentBytes);
  text.family("process_heap_bytes", "gauge", "Memory of the JavaScript heap.");
  text.sample("process_heap_bytes", usage.heapBytes);
  text.family("process_cpu_seconds_total", "counter", "Processor time, user and system together.");
  text.sample("process_cpu_seconds_total", usage.userCpuSeconds + usage.systemCpuSeconds);
  if (usage.openFiles !== undefined) {
    text.family("process_open_fds", "gauge", "Open files and sockets.");
    text.sample("process_open_fds", usage.openFiles);
  }
  if (usage.openFilesLimit !== undefined) {
    text.family("process_max_fds", "gauge", "As many may be open.");
    text.sample("process_max_fds", usage.openFilesLimit);
  }
}
