import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Apache Kafka's side of the codec comparison, over stdin and stdout.
 *
 * <p>LIST answers the name and the versions of every generated message on the class path. The other commands are each for
 * one version of one message: READ takes encoded instances, decodes them with the generated
 * classes and answers what these make of them: bytes and JSON. MAKE draws instances from the message's Schema, which has
 * an encoder of its own, and answers those bytes as well as what the generated classes make of them.
 */
public final class CodecPeer {
    private static final int LIST = 0;
    private static final int READ = 1;
    private static final int MAKE = 2;
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message",
        "org.apache.kafka.common.metadata",
        "org.apache.kafka.coordinator.group.generated",
        "org.apache.kafka.coordinator.share.generated",
        "org.apache.kafka.coordinator.transaction.generated",
        "org.apache.kafka.raft.generated",
        "org.apache.kafka.server.log.remote.metadata.storage.generated",
    };

    private final DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    private final DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 20));

    public static void main(String[] arguments) throws Exception {
        new CodecPeer().run();
    }

    private void run() throws Exception {
        while (true) {
            int command;
            try {
                command = in.readByte();
            } catch (EOFException end) {
                return;
            }
            if (command == LIST) {
                list();
                continue;
            }
            Class<?> type = find(in.readUTF());
            short version = in.readShort();
            int count = in.readInt();
            long seed = command == MAKE ? in.readLong() : 0;
            for (int i = 0; i < count; i++) {
                byte[] bytes = command == READ ? readBytes() : make(type, version, new Random(seed + i));
                if (command == MAKE) {
                    writeBytes(bytes);
                }
                answer(type, version, bytes);
            }
            out.flush();
        }
    }

    private void list() throws Exception {
        List<String> lines = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            List<String> jars = entry.endsWith("*") ? jarsIn(entry.substring(0, entry.length() - 1)) : List.of(entry);
            for (String jar : jars) {
                if (jar.endsWith(".jar")) {
                    listJar(jar, lines);
                }
            }
        }
        writeBytes(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static List<String> jarsIn(String directory) {
        List<String> jars = new ArrayList<>();
        for (File file : Objects.requireNonNullElse(new File(directory).listFiles(), new File[0])) {
            jars.add(file.getPath());
        }
        return jars;
    }

    private static void listJar(String file, List<String> lines) throws Exception {
        try (JarFile jar = new JarFile(file)) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                String path = entry.getName();
                int slash = path.lastIndexOf('/');
                if (slash < 0 || !path.endsWith(".class") || path.contains("$")
                    || !Arrays.asList(PACKAGES).contains(path.substring(0, slash).replace('/', '.'))) {
                    continue;
                }
                String name = path.substring(0, path.length() - ".class".length()).replace('/', '.');
                Class<?> type = Class.forName(name);
                if (Message.class.isAssignableFrom(type)) {
                    int lowest = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
                    int highest = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
                    lines.add(type.getSimpleName() + " " + lowest + " " + highest);
                }
            }
        }
    }

    private static Class<?> find(String name) throws ClassNotFoundException {
        for (String candidate : PACKAGES) {
            for (String suffix : new String[] {"", "Data"}) {
                try {
                    Class<?> found = Class.forName(candidate + "." + name + suffix);
                    if (Message.class.isAssignableFrom(found)) {
                        return found;
                    }
                } catch (ClassNotFoundException absent) {
                    // The next one, then.
                }
            }
        }
        throw new ClassNotFoundException(name);
    }

    /** An error text (empty when there is none), the encoded bytes, the JSON, and that of the lowest and highest version. */
    private void answer(Class<?> type, short version, byte[] bytes) throws Exception {
        byte[] encoded = {};
        String json = "";
        String lowest = "";
        String highest = "";
        String error = "";
        try {
            Message message = (Message) type.getDeclaredConstructor().newInstance();
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            message.read(new ByteBufferAccessor(buffer), version);
            if (buffer.hasRemaining()) {
                error = buffer.remaining() + " bytes are left over";
            }
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer target = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(target), cache, version);
            encoded = target.array();
            json = toJson(type, version, message);
            lowest = toJsonOf("LOWEST_SUPPORTED_VERSION", type, message);
            highest = toJsonOf("HIGHEST_SUPPORTED_VERSION", type, message);
        } catch (RuntimeException | InvocationTargetException failure) {
            error = String.valueOf(failure.getCause() == null ? failure : failure.getCause());
        }
        writeBytes(error.getBytes(StandardCharsets.UTF_8));
        writeBytes(encoded);
        writeBytes(json.getBytes(StandardCharsets.UTF_8));
        writeBytes(lowest.getBytes(StandardCharsets.UTF_8));
        writeBytes(highest.getBytes(StandardCharsets.UTF_8));
    }

    /** JSON of another version than the one decoded, which shows the defaults of fields. Empty when it can't be that version. */
    private static String toJsonOf(String version, Class<?> type, Message message) throws Exception {
        try {
            return toJson(type, type.getField(version).getShort(null), message);
        } catch (InvocationTargetException impossible) {
            return "";
        }
    }

    private static String toJson(Class<?> type, short version, Message message) throws Exception {
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        Method write = converter.getMethod("write", type, short.class);
        StringBuilder text = new StringBuilder();
        print((JsonNode) write.invoke(null, message, version), text);
        return text.toString();
    }

    /** Jackson's own text, except that floating point numbers are printed as their bits. */
    private static void print(JsonNode node, StringBuilder text) {
        if (node.isObject()) {
            text.append('{');
            Iterator<Map.Entry<String, JsonNode>> fields = node.properties().iterator();
            while (fields.hasNext()) {
                Map.Entry<String, JsonNode> field = fields.next();
                text.append('"').append(field.getKey()).append("\":");
                print(field.getValue(), text);
                if (fields.hasNext()) {
                    text.append(',');
                }
            }
            text.append('}');
        } else if (node.isArray()) {
            text.append('[');
            for (int i = 0; i < node.size(); i++) {
                if (i > 0) {
                    text.append(',');
                }
                print(node.get(i), text);
            }
            text.append(']');
        } else if (node.isDouble()) {
            text.append(Double.doubleToRawLongBits(node.doubleValue()));
        } else {
            text.append(node);
        }
    }

    private static byte[] make(Class<?> type, short version, Random random) throws Exception {
        Schema schema = ((Schema[]) type.getField("SCHEMAS").get(null))[version];
        Struct struct = makeStruct(schema, random, 0);
        ByteBuffer buffer = ByteBuffer.allocate(schema.sizeOf(struct));
        schema.write(buffer, struct);
        return buffer.array();
    }

    private static Struct makeStruct(Schema schema, Random random, int depth) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            Type type = field.def.type;
            struct.set(field, type instanceof TaggedFields tagged
                ? makeTaggedFields(tagged, random, depth)
                : makeValue(type, random, depth, true));
        }
        return struct;
    }

    private static TreeMap<Integer, Object> makeTaggedFields(TaggedFields type, Random random, int depth) {
        TreeMap<Integer, Object> values = new TreeMap<>();
        for (Map.Entry<Integer, Field> field : type.fields().entrySet()) {
            if (random.nextInt(10) < 6) {
                // The Schema of a nullable struct writes null as if it were no tagged field.
                boolean nullable = !(field.getValue().type instanceof NullableSchema);
                values.put(field.getKey(), makeValue(field.getValue().type, random, depth, nullable));
            }
        }
        if (random.nextInt(8) == 0) {
            int tag = 50 + random.nextInt(1000);
            values.put(tag, new RawTaggedField(tag, makeBytes(random)));
        }
        return values;
    }

    private static Object makeValue(Type type, Random random, int depth, boolean mayBeNull) {
        if (mayBeNull && type.isNullable() && random.nextInt(5) == 0) {
            return null;
        }
        if (type.arrayElementType().isPresent()) {
            Type element = type.arrayElementType().get();
            boolean many = !(element instanceof Schema) && random.nextInt(60) == 0;
            Object[] values = new Object[many ? 140 : random.nextInt(depth > 3 ? 2 : 4)];
            for (int i = 0; i < values.length; i++) {
                values[i] = makeValue(element, random, depth + 1, false);
            }
            return values;
        }
        if (type instanceof Schema schema) {
            return makeStruct(schema, random, depth + 1);
        }
        return switch (type.toString()) {
            case "BOOLEAN" -> random.nextBoolean();
            case "INT8" -> (byte) makeInteger(random, Byte.MAX_VALUE);
            case "INT16" -> (short) makeInteger(random, Short.MAX_VALUE);
            case "UINT16" -> random.nextInt(1 << 16);
            case "INT32" -> (int) makeInteger(random, Integer.MAX_VALUE);
            case "UINT32" -> random.nextLong(1L << 32);
            // Beyond 53 bits the other side refuses most fields; the other direction tests those that it takes.
            case "INT64" -> makeInteger(random, (1L << 53) - 1);
            case "FLOAT64" -> random.nextBoolean() ? random.nextGaussian() * 1e9 : -0.0;
            case "UUID" -> random.nextInt(5) == 0 ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
            case "STRING", "NULLABLE_STRING", "COMPACT_STRING", "COMPACT_NULLABLE_STRING" -> makeText(random);
            case "BYTES", "NULLABLE_BYTES", "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES" -> ByteBuffer.wrap(makeBytes(random));
            case "RECORDS", "NULLABLE_RECORDS", "COMPACT_RECORDS", "COMPACT_NULLABLE_RECORDS" -> MemoryRecords.readableRecords(ByteBuffer.wrap(makeBytes(random)));
            default -> throw new IllegalStateException("No generator for " + type);
        };
    }

    private static long makeInteger(Random random, long most) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> most;
            case 3 -> -most;
            case 4 -> random.nextInt(100);
            default -> random.nextLong(most) * (random.nextBoolean() ? 1 : -1);
        };
    }

    private static String makeText(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(30) == 0 ? 300 : random.nextInt(20);
        boolean ascii = random.nextInt(4) != 0;
        for (int i = 0; i < length; i++) {
            int point = ascii ? ' ' + random.nextInt(95) : random.nextInt(Character.MAX_CODE_POINT + 1);
            if (point < ' ' || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
                point = 'x';
            }
            text.appendCodePoint(point);
        }
        return text.toString();
    }

    private static byte[] makeBytes(Random random) {
        byte[] bytes = new byte[random.nextInt(20) == 0 ? 200 : random.nextInt(10)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] readBytes() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    private void writeBytes(byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
