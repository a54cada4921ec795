import { act, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useIdleLock } from "../src/frame/idle";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function atTheDesk(mayLock = () => true) {
  const lock = vi.fn(mayLock);
  const here = vi.fn();
  renderHook(() => useIdleLock({ on: true, seconds: 60, here, lock }));
  const after = (seconds: number) => act(() => vi.advanceTimersByTime(seconds * 1000));
  return { lock, here, after };
}

const pointerAt = (screenX: number, screenY: number) =>
  fireEvent(window, Object.assign(new Event("pointermove"), { screenX, screenY }));

test("NF-3: a window that nobody is at is locked, and stays open as long as somebody is", () => {
  const { lock, here, after } = atTheDesk();
  for (const sign of ["keydown", "pointerdown", "wheel", "input"]) {
    after(50);
    fireEvent(window, new Event(sign));
  }
  pointerAt(10, 10);
  after(50);
  pointerAt(11, 10);
  after(50);
  expect(lock).not.toHaveBeenCalled();
  expect(here).toHaveBeenCalled();
  after(20);
  expect(lock).toHaveBeenCalledTimes(1);
});

test("NF-3: a pointer that is told of and did not move keeps no window open", () => {
  const { lock, after } = atTheDesk();
  for (let told = 0; told < 7; told += 1) {
    pointerAt(300, 200);
    after(10);
  }
  expect(lock).toHaveBeenCalledTimes(1);
});

test("what must not be locked now is asked again until it may", () => {
  let sending = true;
  const { lock, after } = atTheDesk(() => !sending);
  after(70);
  const asked = lock.mock.calls.length;
  expect(asked).toBeGreaterThan(1);
  sending = false;
  after(4);
  expect(lock.mock.calls.length).toBe(asked + 1);
});
