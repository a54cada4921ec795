import { useEffect } from "react";

/** How much is left free between what has the focus and a bar, in CSS pixels. */
const FREE = 8;

/**
 * Scrolls what gets the focus by keyboard out from under the bars that stay at the edges of the window: for the webview it
 * is in view there. Nothing moves under a mouse that is being pressed.
 */
export function useNothingCovered() {
  useEffect(() => {
    // What came into focus by keyboard, until somebody does something else.
    let watched: HTMLElement | null = null;
    // Whether the last that somebody did was by mouse or finger.
    let pointed = false;
    const again = () => {
      if (watched && document.activeElement === watched) uncover(watched);
    };
    const focused = ({ target }: FocusEvent) => {
      watched = null;
      if (!(target instanceof HTMLElement)) return;
      // Where another window is in front, the webview shows no focus, and yet it may be typed into.
      if (pointed && !target.matches(":focus-visible")) return;
      watched = target;
      uncover(target);
      requestAnimationFrame(again);
    };
    const over = ({ type }: Event) => {
      watched = null;
      if (type !== "wheel") pointed = type !== "keydown";
    };
    document.addEventListener("focusin", focused);
    // The webview scrolls by itself once it has moved the focus, sooner or later; what comes late moves the page,
    // and another size of the window moves its bars.
    document.addEventListener("scroll", again, { passive: true });
    window.addEventListener("resize", again);
    const moved = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(again);
    moved?.observe(document.body);
    // Whoever scrolls is not held back.
    for (const done of whoeverScrolls) window.addEventListener(done, over, { passive: true });
    return () => {
      document.removeEventListener("focusin", focused);
      document.removeEventListener("scroll", again);
      window.removeEventListener("resize", again);
      moved?.disconnect();
      for (const done of whoeverScrolls) window.removeEventListener(done, over);
    };
  }, []);
}

const whoeverScrolls = ["wheel", "pointerdown", "touchstart", "keydown"] as const;

function uncover(element: HTMLElement) {
  const by = hidden(element);
  if (by !== 0) window.scrollBy(0, by);
}

/** How far to scroll until no bar lies over an element; down is positive. */
function hidden(element: HTMLElement): number {
  const own = element.getBoundingClientRect();
  for (const bar of document.querySelectorAll(".app-actions--sticky")) {
    const { top } = bar.getBoundingClientRect();
    if (!bar.contains(element) && own.top < window.innerHeight && own.bottom > top) {
      return own.bottom + FREE - top;
    }
  }
  for (const bar of document.querySelectorAll(".app-top")) {
    const { bottom } = bar.getBoundingClientRect();
    if (!bar.contains(element) && own.bottom > 0 && own.top < bottom)
      return own.top - FREE - bottom;
  }
  return 0;
}
