import type { Problem } from "../contract/contract";
import { ErrorSummary } from "./form";
import { ProblemNotice } from "./ProblemNotice";

/** Why a form was not taken: its fields to put right, or what failed. */
export function FormProblem({
  problem,
  encounterId,
  onTryAgain,
}: {
  problem: Problem | null;
  encounterId?: string | undefined;
  onTryAgain?: (() => void) | undefined;
}) {
  if (!problem) return null;
  return problem.fields.length > 0 ? (
    <ErrorSummary problem={problem} />
  ) : (
    <ProblemNotice problem={problem} takesFocus encounterId={encounterId} onTryAgain={onTryAgain} />
  );
}
