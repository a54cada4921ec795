import { useEffect, useRef } from "react";

/** How often it is looked whether somebody is there, in milliseconds. */
const LOOKED_EVERY = 2_000;
/** How often the core is told that somebody is, at the most. */
const TOLD_EVERY = 20_000;

/** Locks after so many seconds without a key, a touch or a move of the mouse. */
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
    const signs = ["keydown", "pointerdown", "pointermove", "wheel", "input"] as const;
    for (const sign of signs) window.addEventListener(sign, active, { passive: true });
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
    };
  }, [on, seconds]);
}
