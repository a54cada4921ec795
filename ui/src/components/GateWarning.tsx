import { useEffect, useRef } from "react";
import { Button } from "./Button";
import { ProblemNotice } from "./ProblemNotice";
import type { ReferralGateView } from "../contract/contract";
import { useFrame } from "../frame/frame";

/**
 * That the service sees nobody without a booking (BO-2), with what can be done instead. There is no way of referring in
 * it.
 */
export function GateWarning({
  gate,
  onSlots,
  onAnotherService,
  noneFree = false,
  takesFocus = false,
}: {
  gate: ReferralGateView;
  onSlots: () => void;
  onAnotherService: () => void;
  /** Whether the provider said that it has no free slot: then another service is the way on. */
  noneFree?: boolean;
  takesFocus?: boolean;
}) {
  const { go } = useFrame();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) box.current?.focus();
  }, [takesFocus]);
  if (!gate.blocked) return null;
  const steps = gate.blocked.nextSteps;
  return (
    <div className="app-blocked" tabIndex={-1} ref={box}>
      <ProblemNotice problem={{ ...gate.blocked, nextSteps: [] }} />
      <p>
        <strong>{gate.service}</strong>
        {gate.slots && <>: {lowerFirst(gate.slots)}</>}
      </p>
      <div className="app-actions">
        {steps.includes("openUnfinished") && (
          <Button onClick={() => go({ page: "unfinished" })}>Open unfinished work</Button>
        )}
        {steps.includes("freshSlots") && (
          <Button look={noneFree ? "secondary" : "primary"} onClick={onSlots}>
            {onlyTooLate(gate)
              ? "See its late slots, for a clinician to approve"
              : "See this service’s slots"}
          </Button>
        )}
        <Button look={noneFree ? "primary" : "secondary"} onClick={onAnotherService}>
          Choose another service
        </Button>
      </div>
    </div>
  );
}

/** The core counts its slots in words: `None in time, 3 too late`. Other words only leave the hint away. */
function onlyTooLate(gate: ReferralGateView) {
  return gate.slots.startsWith("None in time");
}

function lowerFirst(words: string) {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
