import { useEffect, useState } from "react";

/** Says what is being done; from the first second on with the seconds it has taken. */
export function Progress({ words }: { words: string }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - began) / 1000)), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="app-progress">
      <span className="app-progress__mark" aria-hidden="true" />
      <span role="status">{words}</span>
      {seconds >= 1 && (
        <span className="app-progress__seconds" aria-hidden="true">
          {seconds} s
        </span>
      )}
    </div>
  );
}
