import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

/**
 * One instance of an application with what Kafka Streams asks of a broker: repartition topics that are purged, changelogs
 * that are compacted, a window store, a table, a join of streams and tables, and group rebalances between instances.
 *
 * Usage: StreamsApp BOOTSTRAP APPLICATION STATE_DIRECTORY PREFIX
 *
 * Says "state NAME" whenever its state changes. A line on standard input, or its end, closes it.
 */
public class StreamsApp {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[2]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
    settings.put(StreamsConfig.REPARTITION_PURGE_INTERVAL_MS_CONFIG, 1000);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    // An instance that is closed does not leave its group: the others wait for the end of its session.
    settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 10_000);
    settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 1_000);

    StreamsBuilder builder = new StreamsBuilder();
    String prefix = args[3];
    KStream<String, String> lines = builder.stream(prefix + "-lines");
    KGroupedStream<String, String> words =
        lines
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.as("by-word"));
    words
        .count(Materialized.as("counts"))
        .toStream()
        .mapValues(count -> Long.toString(count))
        .to(prefix + "-counts");
    words
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(1)))
        .count(Materialized.as("per-minute"))
        .toStream()
        .map((window, count) -> KeyValue.pair(window.key() + "@" + window.window().start(), Long.toString(count)))
        .to(prefix + "-per-minute", Produced.with(Serdes.String(), Serdes.String()));
    KTable<String, String> names = builder.table(prefix + "-names", Materialized.as("names"));
    builder
        .<String, String>stream(prefix + "-visits")
        .leftJoin(names, (page, name) -> name + " saw " + page)
        .to(prefix + "-visits-with-names");

    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setStateListener((state, before) -> System.out.println("state " + state));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
    new BufferedReader(new InputStreamReader(System.in)).readLine();
    boolean isClosed = streams.close(Duration.ofSeconds(60));
    System.exit(isClosed ? 0 : 1);
  }
}
