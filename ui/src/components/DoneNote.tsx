import { useEffect, useRef } from "react";

/** That something was recorded: takes focus, because what was pressed is gone. Empty while there is nothing to say. */
export function DoneNote({ words }: { words: string }) {
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (words) note.current?.focus();
  }, [words]);
  return (
    <p role="status" tabIndex={-1} ref={note} className={words ? "app-done" : undefined}>
      {words && <span aria-hidden="true">✓ </span>}
      {words}
    </p>
  );
}
