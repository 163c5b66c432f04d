// How large text must be to be read from the farthest seat: capitals of 16 arc-minutes (ISO 9241-303's least). Pure.

const LEAST_ARC_MINUTES = 16;
/** Height of Inter's capitals as a share of the font size. */
const CAPITAL_SHARE = 0.727;
/** A page nobody measured still has to be readable at the desk. */
const LEAST_PX = 12;

export interface Seat {
  /** Width of the screen in metres. */
  screenWidth: number;
  /** The farthest seat in metres. */
  distance: number;
}

/** A 75-inch screen seen from three metres, and a 27-inch one at arm's length. */
export const WALL_SEAT: Seat = { screenWidth: 1.66, distance: 3 };
export const DESK_SEAT: Seat = { screenWidth: 0.6, distance: 0.7 };

/** The font size in CSS pixels below which nothing on the page may fall. */
export function leastFontPx(seat: Seat, viewportWidth: number): number {
  const capital = seat.distance * Math.tan((LEAST_ARC_MINUTES / 60) * (Math.PI / 180));
  const px = ((capital / seat.screenWidth) * viewportWidth) / CAPITAL_SHARE;
  return Math.max(LEAST_PX, Math.round(px * 10) / 10);
}
