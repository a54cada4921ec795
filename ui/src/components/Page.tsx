import { useEffect, useRef } from "react";
import type { ReactNode } from "react";

/** The work of a page under its heading: takes focus and names the window when it comes up. */
export function Page({
  title,
  aside,
  children,
}: {
  title: string;
  /** Beside the heading: what the page is about, or what can be done with the whole of it. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Booking Desk`;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [title]);
  return (
    <div className="app-page">
      <div className="app-page__head">
        <h1 className="app-h1" tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {aside && <div className="app-page__aside">{aside}</div>}
      </div>
      {children}
    </div>
  );
}
