import type { NextStep, Problem } from "../contract/contract";

/** After something unexpected nobody knows whether it was sent: then what to do is said, and it is not sent again. */
export function ifUnsure(
  problem: Problem | null,
  whatToDo: string,
  nextSteps: NextStep[] = ["openUnfinished"],
): Problem | null {
  return problem?.code === "unexpected" ? { ...problem, whatToDo, nextSteps } : problem;
}

/** Why a cancellation has no result, with what can be done about it where the booking was shown. */
export function cancelProblem(problem: Problem | null): Problem | null {
  if (problem?.code === "shownTooLongAgo") {
    return {
      ...problem,
      title: "Read the booking again",
      whatHappened: "It was read too long ago, or has changed since. Nothing was sent.",
      whatToDo: "Read it again, look at it, and confirm once more.",
      nextSteps: ["tryAgain"],
    };
  }
  return ifUnsure(
    problem,
    "The cancellation may have been sent. Read the booking again before anything.",
    ["tryAgain", "openUnfinished"],
  );
}
