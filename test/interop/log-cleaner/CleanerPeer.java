import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.CleanerStats;
import org.apache.kafka.storage.internals.log.LogCleanerManager;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/**
 * Apache Kafka's own cleaner, over stdin and stdout: a line names a partition directory, what the clock says, the first
 * dirty offset (or -), the bytes of the dedupe buffer and the topic's settings, all divided by tabs. The log in it is opened
 * as after a clean stop, everything in it is committed, and it is cleaned once. The answer is the next dirty offset and how
 * many records were read and written.
 */
public final class CleanerPeer {
    private static final int DAY_MS = 86_400_000;

    public static void main(String[] args) throws Exception {
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String job = jobs.readLine(); job != null; job = jobs.readLine()) {
            String answer;
            try {
                answer = clean(job.split("\t"));
            } catch (Throwable error) {
                error.printStackTrace();
                answer = "error " + String.valueOf(error).replace('\n', ' ');
            }
            System.out.println(answer);
            System.out.flush();
        }
        System.exit(0);
    }

    private static String clean(String[] job) throws Exception {
        long nowMs = Long.parseLong(job[1]);
        Optional<Long> checkpoint = job[2].equals("-") ? Optional.empty() : Optional.of(Long.valueOf(job[2]));
        int bufferBytes = Integer.parseInt(job[3]);
        Map<String, String> settings = new HashMap<>();
        for (int index = 4; index < job.length; index++) {
            String[] setting = job[index].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        KafkaScheduler scheduler = new KafkaScheduler(1);
        scheduler.startup();
        UnifiedLog log = open(new File(job[0]), new LogConfig(settings), scheduler);
        try {
            log.updateHighWatermark(log.logEndOffset());
            LogToClean target = target(log, checkpoint, nowMs);
            Throttler throttler = new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", Time.SYSTEM);
            Cleaner cleaner = new Cleaner(
                0, new SkimpyOffsetMap(bufferBytes), 64 * 1024, 1024 * 1024, 0.9, throttler, Time.SYSTEM, partition -> { });
            Map.Entry<Long, CleanerStats> cleaned = cleaner.doClean(target, nowMs);
            CleanerStats stats = cleaned.getValue();
            return "ok " + cleaned.getKey() + " " + stats.messagesRead() + " " + stats.messagesWritten();
        } finally {
            log.close();
            scheduler.shutdown();
        }
    }

    private static UnifiedLog open(File directory, LogConfig config, KafkaScheduler scheduler) throws Exception {
        return UnifiedLog.create(
            directory, config, 0L, Long.MAX_VALUE, scheduler, new BrokerTopicStats(), Time.SYSTEM, 900_000,
            new ProducerStateManagerConfig(Integer.MAX_VALUE, false), DAY_MS, new LogDirFailureChannel(1), true, Optional.empty());
    }

    private static LogToClean target(UnifiedLog log, Optional<Long> checkpoint, long nowMs) throws Exception {
        Method method = LogCleanerManager.class.getDeclaredMethod("cleanableOffsets", UnifiedLog.class, Optional.class, long.class);
        method.setAccessible(true);
        Object offsets = method.invoke(null, log, checkpoint, nowMs);
        return new LogToClean(log, value(offsets, "firstDirtyOffset"), value(offsets, "firstUncleanableDirtyOffset"), false);
    }

    private static long value(Object record, String name) throws Exception {
        Method accessor = record.getClass().getDeclaredMethod(name);
        accessor.setAccessible(true);
        return (long) accessor.invoke(record);
    }
}
