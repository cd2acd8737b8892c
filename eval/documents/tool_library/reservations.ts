// The queue of people who wait for a tool, as the catalogue's server keeps it.

export interface Reservation {
  member: number;
  tool: string;
  madeAt: Date;
}

const HOLD_DAYS = 4;

/** Puts a member at the end of a tool's queue; somebody who waits already keeps the first place. */
export function enqueue(queue: Reservation[], wanted: Reservation): Reservation[] {
  const waiting = queue.some((each) => each.member === wanted.member && each.tool === wanted.tool);
  return waiting ? queue : [...queue, wanted];
}

/** The day after which a held tool goes to the next person. Sundays do not count. */
export function holdUntil(returned: Date): Date {
  const day = new Date(returned);
  let left = HOLD_DAYS;
  while (left > 0) {
    day.setDate(day.getDate() + 1);
    if (day.getDay() !== 0) {
      left -= 1;
    }
  }
  return day;
}

/** Estimates the wait in weeks: each person before you counts as one whole loan period of the tool. */
export function estimatedWait(queue: Reservation[], member: number, periodDays: number): number {
  const place = queue.findIndex((each) => each.member === member);
  if (place < 0) {
    throw new Error(`member ${member} is not waiting`);
  }
  return Math.ceil(((place + 1) * periodDays) / 7);
}
