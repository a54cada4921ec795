import { useRef, useState } from "react";
import { Button } from "./Button";

/** A value to quote elsewhere, with a button that copies it. */
export function Copyable({ value, what }: { value: string; what: string }) {
  const [said, setSaid] = useState("");
  const text = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setSaid("Copied");
    } catch {
      // Some web views refuse the clipboard: then it is marked, to be copied by hand.
      if (text.current) window.getSelection()?.selectAllChildren(text.current);
      setSaid("Marked: press Ctrl+C");
    }
  };
  return (
    <span className="app-copyable">
      <code ref={text}>{value}</code>{" "}
      <Button
        look="link"
        className="app-no-print"
        aria-label={`Copy ${what}`}
        onClick={() => void copy()}
      >
        Copy
      </Button>
      <span role="status" className="app-quiet">
        {said}
      </span>
    </span>
  );
}
