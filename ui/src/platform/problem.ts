import type { Problem } from "../contract/contract";

/** True for what the core sends when a command is refused. */
export function isProblem(thrown: unknown): thrown is Problem {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    "whatHappened" in thrown &&
    "fields" in thrown &&
    Array.isArray(thrown.fields)
  );
}

/** Whatever was thrown, as a problem that a screen can show. */
export function toProblem(thrown: unknown): Problem {
  if (isProblem(thrown)) return thrown;
  return {
    code: "unexpected",
    title: "Something went wrong in this window",
    whatHappened: thrown instanceof Error ? thrown.message : String(thrown),
    whatToDo: "Try again. If it happens again, tell the help desk what you were doing.",
    reference: "",
    fields: [],
    nextSteps: ["tryAgain"],
  };
}
