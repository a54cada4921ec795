import { useEffect, useRef } from "react";

/** How often it is looked whether somebody is there, in milliseconds. */
const LOOKED_EVERY = 2_000;
/** How often the core is told that somebody is, at the most. */
const TOLD_EVERY = 20_000;

/**
 * Locks after so many seconds without a key, a touch or a move of the mouse. The webview also tells of a pointer that
 * stays where it is, when another window comes or goes in front of it: nobody does that.
 */
export function useIdleLock({
  on,
  seconds,
  here,
  lock,
}: {
  on: boolean;
  seconds: number;
  /** Says that somebody is there. */
  here: () => void;
  /** Locks; false where it must not be now. */
  lock: () => boolean;
}) {
  const told = useRef({ here, lock });
  useEffect(() => {
    told.current = { here, lock };
  });
  useEffect(() => {
    if (!on) return;
    let seen = Date.now();
    let said = seen;
    const active = () => {
      seen = Date.now();
    };
    let pointer: { x: number; y: number } | null = null;
    const moved = ({ screenX: x, screenY: y }: PointerEvent) => {
      if (pointer && (pointer.x !== x || pointer.y !== y)) active();
      pointer = { x, y };
    };
    const signs = ["keydown", "pointerdown", "wheel", "input"] as const;
    for (const sign of signs) window.addEventListener(sign, active, { passive: true });
    window.addEventListener("pointermove", moved, { passive: true });
    const looking = setInterval(() => {
      const now = Date.now();
      if (now - seen >= seconds * 1000) {
        if (told.current.lock()) seen = now;
        return;
      }
      if (seen > said && now - said >= Math.min(TOLD_EVERY, seconds * 500)) {
        said = now;
        told.current.here();
      }
    }, LOOKED_EVERY);
    return () => {
      clearInterval(looking);
      for (const sign of signs) window.removeEventListener(sign, active);
      window.removeEventListener("pointermove", moved);
    };
  }, [on, seconds]);
}
