import process from "node:process";
import type { Logger, LogLevel, LogSink } from "../../src/runtime.ts";

const severity: Record<LogLevel, number> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** As they are written, by rising severity. */
export const logLevels = Object.keys(severity).map((level) => level.toUpperCase());

export function isLogLevel(text: string | undefined): text is LogLevel {
  return text !== undefined && Object.hasOwn(severity, text);
}

interface TextStream {
  write(text: string): unknown;
}

/**
 * Log lines in the shape of Kafka's console: information on standard output, warnings and errors on standard error. The
 * process opens a stream when it is first asked for; many never write to the second one.
 */
export function createLogSink(out?: TextStream, err?: TextStream): LogSink {
  return {
    write(level, line) {
      const stream = severity[level] >= severity.warn ? (err ?? process.stderr) : (out ?? process.stdout);
      stream.write(formatLine(new Date(), level, line));
    },
  };
}

/** Hands on to the sink what is severe enough. */
export function createLogger(sink: LogSink, level: LogLevel): Logger {
  return {
    level,
    write(lineLevel, line) {
      if (severity[lineLevel] >= severity[this.level]) sink.write(lineLevel, line);
    },
  };
}

/** `[2026-01-31 23:59:59,123] WARN text`, in local time. Further lines are indented: no peer can forge an entry of its own. */
export function formatLine(time: Date, level: LogLevel, line: string): string {
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1, 2)}-${pad(time.getDate(), 2)}`;
  const clock = `${pad(time.getHours(), 2)}:${pad(time.getMinutes(), 2)}:${pad(time.getSeconds(), 2)}`;
  const text = line.replaceAll(/\r\n|\r|\n/g, "\n    ");
  return `[${day} ${clock},${pad(time.getMilliseconds(), 3)}] ${level.toUpperCase()} ${text}\n`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
