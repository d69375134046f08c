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
