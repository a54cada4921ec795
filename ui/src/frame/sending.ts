import { useRef, useState } from "react";
import type { BookingStageView } from "../contract/contract";
import { useFrame } from "./frame";

/** How far something sent to a provider is, and the way to keep it from being sent again. */
export function useSending() {
  const { desk, hold } = useFrame();
  const [stage, setStage] = useState<BookingStageView | null>(null);
  // From the first pause on: a stop also holds for the pauses that may follow.
  const [mayStop, setMayStop] = useState(false);
  const [stopping, setStopping] = useState(false);
  // Set at once: state would only follow with the next drawing.
  const sent = useRef(false);
  return {
    stage,
    mayStop,
    stopping,
    /** Holds the page until `over`; false where something is on its way already. */
    begin: () => {
      if (sent.current) return false;
      sent.current = true;
      setStage(null);
      setMayStop(false);
      setStopping(false);
      hold(true);
      return true;
    },
    tell: (told: BookingStageView) => {
      setStage(told);
      if (told.mayStop) setMayStop(true);
    },
    /** By the key of the order: its encounter, or of a cancellation the booking's URL. */
    stop: (key: string) => {
      if (stopping) return;
      setStopping(true);
      void desk.stopSending(key);
    },
    /** The answer is there. `again`: whether it may be sent once more from here. */
    over: (again = true) => {
      sent.current = !again;
      hold(false);
    },
  };
}

export type Sending = ReturnType<typeof useSending>;
