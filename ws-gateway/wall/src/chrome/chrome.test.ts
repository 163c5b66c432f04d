import { describe, expect, it } from 'vitest';
import { retryDelay } from '../live/backoff';
import { readAddress, writeAddress } from './address';
import { ageText, numberText, Times, unitName } from './format';
import { DESK_SEAT, leastFontPx, WALL_SEAT } from './sizing';
import { say } from './words';

describe('the address', () => {
  it('survives a reboot: what is written reads back the same', () => {
    const query = '?host=7&kiosk=1&rotate=province,network&every=45&screen=desk&lang=en&theme=dark&w=2.5&d=4&sev=high&domain=env&area=164&q=s%C3%B4ng&unacked=1&alert=0f&hide=cctv,web&muted=1';
    const address = readAddress(query);
    const written = writeAddress(address, query);
    expect(readAddress(written)).toEqual(address);
    expect(written).toContain('host=7');
  });

  it('takes nonsense for nothing', () => {
    expect(readAddress('?lang=fr&w=-3&sev=worst&theme=pink&every=0')).toEqual(readAddress(''));
  });
});

describe('text', () => {
  it('has capitals of 16 arc-minutes from the farthest seat', () => {
    for (const [seat, viewport] of [[WALL_SEAT, 1920], [WALL_SEAT, 3840], [DESK_SEAT, 1920]] as const) {
      const metres = ((leastFontPx(seat, viewport) * 0.727) / viewport) * seat.screenWidth;
      const arcMinutes = (Math.atan(metres / seat.distance) * 180 * 60) / Math.PI;
      expect(arcMinutes).toBeGreaterThan(15.9);
    }
  });

  it('reads as people of the centre read it', () => {
    expect([numberText(1234.5, 'vi'), numberText(27.14, 'vi'), numberText(0.256, 'en')]).toEqual(['1.235', '27,1', '0.26']);
    expect([unitName('ug/m3', 'vi'), unitName('min', 'en'), unitName('{count}', 'vi'), unitName(null, 'vi')]).toEqual(['µg/m³', 'min', '', '']);
    expect([42_000, 185_000, 7_500_000, 200_000_000].map((ms) => ageText(ms, 'vi'))).toEqual(['42 s', '3 phút', '2 giờ 05', '2 ngày']);
    expect(new Times('vi', 'Asia/Ho_Chi_Minh').clock(Date.UTC(2026, 0, 1, 17, 5, 9))).toBe('00:05:09');
    expect(say('vi', 'dataAsOf', '15:04:05')).toBe('dữ liệu tính đến 15:04:05');
  });
});

describe('coming back', () => {
  it('waits longer each time, never in step, never too long', () => {
    expect([0, 1, 2, 3].map((attempt) => retryDelay(attempt, 1))).toEqual([600, 1100, 2100, 4100]);
    expect(retryDelay(50, 1)).toBe(15_100);
    expect(retryDelay(50, 0)).toBe(100);
  });
});
