import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.kafka.tools.DumpLogSegments;

/** Runs Apache Kafka's dump-log for each line, with the arguments that tabs separate; a line of its own ends each output. */
public final class DumpLogPeer {
    public static void main(String[] args) throws Exception {
        // Where it says that an index and its segment do not agree.
        System.setErr(System.out);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            DumpLogSegments.main(line.split("\t"));
            System.out.println("== done");
        }
    }
}
