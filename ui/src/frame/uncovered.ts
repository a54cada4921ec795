import { useEffect } from "react";

/** How much is left free between what has the focus and a bar, in CSS pixels. */
const FREE = 8;

/**
 * Scrolls what gets the focus by keyboard out from under the bars that stay at the edges of the window: for the webview it
 * is in view there. Nothing moves under a mouse that is being pressed.
 */
export function useNothingCovered() {
  useEffect(() => {
    const focused = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || !target.matches(":focus-visible")) return;
      uncover(target);
      // The webview may scroll by itself once it has moved the focus.
      requestAnimationFrame(() => {
        if (document.activeElement === target) uncover(target);
      });
    };
    document.addEventListener("focusin", focused);
    return () => document.removeEventListener("focusin", focused);
  }, []);
}

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
