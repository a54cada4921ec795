import { useEffect, useRef } from "react";
import type { NextStep, Problem } from "../contract/contract";
import { useFrame } from "../frame/frame";
import { Button } from "./Button";
import { Unbroken } from "./Unbroken";

const labels: Record<NextStep, string> = {
  tryAgain: "Try again",
  freshSlots: "Show fresh slots",
  anotherService: "Choose another service",
  changePatient: "Change patient details",
  changeOutcome: "Change the outcome",
  openUnfinished: "Open unfinished work",
  findBookings: "Find bookings",
  recordResponses: "Complete the assessment",
  signIn: "Sign in",
};

type Props = {
  problem: Problem;
  /** The encounter that next steps lead into, where there is one. */
  encounterId?: string | undefined;
  onTryAgain?: (() => void) | undefined;
  onFreshSlots?: (() => void) | undefined;
  /** Moves focus here when it appears: for an answer to something the user just did. */
  takesFocus?: boolean;
  /** Leaves the heading away, where the page's own heading says it. */
  withoutTitle?: boolean;
};

/** What failed, what to do, and the buttons to do it. */
export function ProblemNotice(props: Props) {
  const { problem, encounterId, takesFocus } = props;
  const steps = useNextSteps(props);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) box.current?.focus();
  }, [problem, takesFocus]);
  return (
    <div
      className="app-problem"
      role="alert"
      tabIndex={-1}
      ref={box}
      data-encounter={encounterId}
      data-code={problem.code}
    >
      {!props.withoutTitle && <h2 className="app-problem__title">{problem.title}</h2>}
      <p>
        <Unbroken text={problem.whatHappened} />
      </p>
      {problem.whatToDo && (
        <p>
          <strong>What to do: </strong>
          <Unbroken text={problem.whatToDo} />
        </p>
      )}
      {problem.reference && (
        <p className="app-quiet">
          Reference for the help desk: <code>{problem.reference}</code>
        </p>
      )}
      {steps.length > 0 && (
        <div className="app-actions">
          {steps.map(({ step, run }, index) => (
            <Button key={step} look={index === 0 ? "primary" : "secondary"} onClick={run}>
              {labels[step]}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

/** The next steps that can be taken from here, most helpful first. */
function useNextSteps({ problem, encounterId, onTryAgain, onFreshSlots }: Props) {
  const { go, setSignedIn, recall } = useFrame();
  const steps: { step: NextStep; run: () => void }[] = [];
  for (const step of problem.nextSteps) {
    const run = runner(step);
    if (run) steps.push({ step, run });
  }
  return steps;

  function runner(step: NextStep): (() => void) | undefined {
    const into = (at: "patient" | "responses" | "outcome" | "services" | "slots") =>
      encounterId === undefined
        ? undefined
        : () => go({ page: "encounter", encounterId, step: at });
    switch (step) {
      case "tryAgain":
        return onTryAgain;
      case "freshSlots":
        return (
          onFreshSlots ?? (encounterId && recall(encounterId).chosen ? into("slots") : undefined)
        );
      case "anotherService":
        return into("services");
      case "changePatient":
        return into("patient");
      case "changeOutcome":
        return into("outcome");
      case "recordResponses":
        return into("responses");
      case "openUnfinished":
        return () => go({ page: "unfinished" });
      case "findBookings":
        return () => go({ page: "bookings" });
      case "signIn":
        return () => setSignedIn(null);
    }
  }
}
