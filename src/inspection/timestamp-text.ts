const MS_PER_DAY = 86_400_000;
/** Beyond the years 0 to 9999 ISO 8601 needs an agreement. */
const EARLIEST_MS = -62_167_219_200_000;
const LATEST_MS = 253_402_300_799_999;

/** `2024-02-29T12:00:00.000Z`; the bare number where that says nothing, as for the -1 of a record without a timestamp. */
export function timestampText(timestampMs: number): string {
  if (!Number.isInteger(timestampMs) || timestampMs === -1 || timestampMs < EARLIEST_MS || timestampMs > LATEST_MS) {
    return String(timestampMs);
  }
  const days = Math.floor(timestampMs / MS_PER_DAY);
  const ms = timestampMs - days * MS_PER_DAY;
  const { year, month, day } = civilDate(days);
  const time = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60].map(twoDigits);
  const date = `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`;
  return `${date}T${time.join(":")}.${String(ms % 1000).padStart(3, "0")}Z`;
}

const ISO_8601 = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(?:Z|([+-])(\d\d):?(\d\d)?)?)?$/;

/** `2024-02-29`, `2024-02-29T12:00`, `2024-02-29T12:00:00.000+02:00`, in UTC where no zone is named. Undefined for anything else. */
export function parseTimestamp(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0", fraction = "", sign, ...zone] = match;
  const midnightMs = dayOf(Number(year), Number(month), Number(day)) * MS_PER_DAY;
  const isDate = timestampText(midnightMs).startsWith(`${year}-${month}-${day}T`);
  if (!isDate || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const [zoneHours = "0", zoneMinutes = "0"] = zone;
  const zoneMs = (sign === "-" ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  const timeMs =
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, "0"));
  return midnightMs + timeMs - zoneMs;
}

/** Counted from 1970-01-01: what {@link civilDate} takes apart. */
function dayOf(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The Gregorian date of a day counted from 1970-01-01, with years that begin in March so that leap days come last. */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
