import { describe, expect, it } from 'vitest';
import { Slide } from './slide';
import { View } from './view';

describe('a map under a moving hand', () => {
  it('is painted when the hand begins, then only moved until its painted margin is used up', () => {
    const slide = new Slide();
    expect(slide.move(5, 0, 1_000, 500)).toBe(true);
    slide.painted(0);
    const margin = slide.margin;
    expect(slide.move(margin, 0, 1_000, 500)).toBe(false);
    expect([slide.x, slide.paints(10)]).toEqual([margin, false]);
    expect(slide.move(1, 0, 1_000, 500)).toBe(true);
    expect(slide.paints(10)).toBe(true);
    slide.painted(10);
    expect(slide.x).toBe(0);
  });

  it('lets news wait for the hand, but not for long', () => {
    const slide = new Slide();
    slide.move(5, 0, 1_000, 500);
    slide.painted(0);
    expect([slide.paints(1_900), slide.paints(2_100)]).toEqual([false, true]);
    slide.rest();
    expect([slide.active, slide.paints(0)]).toEqual([false, true]);
  });

  it('shows in its larger picture every place where the stage has it', () => {
    const view = new View(800, 600);
    view.fit({ min: [0, 0], max: [2, 1] }, 10);
    const [x, y] = view.toPixels([1, 0.5]);
    expect(view.grown(120).toPixels([1, 0.5])).toEqual([x + 120, y + 120]);
    expect(view.grown(120).magnification).toBe(view.magnification);
  });
});
