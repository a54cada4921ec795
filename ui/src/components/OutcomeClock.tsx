import type { OutcomeView } from "../contract/contract";
import { spanWords, useNow } from "../frame/time";

/** The outcome's timeframe, running. The clock only subtracts: until when it runs is the core's to say. */
export function OutcomeClock({ outcome }: { outcome: OutcomeView }) {
  const now = useNow();
  const left = outcome.dueAt === null ? null : Date.parse(outcome.dueAt) - now;
  const past = left !== null && left < 0;
  return (
    <div className={`app-clock ${past ? "app-clock--past" : ""}`} role="timer" aria-live="off">
      <span className="app-clock__code">{outcome.code}</span>
      <span className="app-clock__frame">{outcome.timeframe}</span>
      {left !== null && (
        <span className="app-clock__left">
          {past ? `⚠ ${spanWords(left)} past` : `${spanWords(left)} left`}
        </span>
      )}
      {outcome.due && (
        <span className="app-clock__due">
          {past ? "was due" : "until"} {outcome.due}
        </span>
      )}
    </div>
  );
}
