import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, Group, messageFor, Radios, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { Problem, ServiceView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

/** Asks, under the chosen row, why the services above it were passed over. */
export function RejectReasonForm({
  service,
  problem,
  busy,
  onReason,
  onCancel,
}: {
  service: ServiceView;
  problem: Problem | null;
  busy: boolean;
  onReason: (reason: number | null, comment: string) => void;
  onCancel: () => void;
}) {
  const { desk } = useFrame();
  const [reason, setReason] = useState("");
  const [comment, setComment] = useState("");
  const [sent, setSent] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const reasons = useQuery({
    queryKey: keys.rejectReasons,
    queryFn: () => desk.rejectReasons(),
    staleTime: Infinity,
  });
  useEffect(() => {
    heading.current?.focus();
    heading.current?.scrollIntoView?.({ block: "center" });
  }, []);
  // The first refusal is only the question; after an answer it says what is wrong with the answer.
  const answerProblem = sent && !busy ? problem : null;
  return (
    <form
      className="app-reject"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (busy) return;
        setSent(true);
        onReason(reason === "" ? null : Number(reason), comment);
      }}
    >
      <h3 className="app-h2" tabIndex={-1} ref={heading}>
        Why {service.name} and not the service ranked first?
      </h3>
      {answerProblem &&
        (answerProblem.fields.length > 0 ? (
          <ErrorSummary problem={answerProblem} />
        ) : (
          <ProblemNotice problem={{ ...answerProblem, nextSteps: [] }} takesFocus />
        ))}
      <Loaded query={reasons} words="Fetching the reasons">
        {(all) => (
          <Group
            legend="Reason"
            field="rejectReason"
            message={messageFor(answerProblem, "rejectReason")}
          >
            <Radios
              name="rejectReason"
              value={reason}
              onText={setReason}
              choices={all.map(({ id, text, needsComment }) => ({
                value: String(id),
                label: needsComment ? `${text} (comment needed)` : text,
              }))}
            />
          </Group>
        )}
      </Loaded>
      <TextArea
        id="rejectComment"
        label="Comment"
        rows={2}
        value={comment}
        onText={setComment}
        message={messageFor(answerProblem, "rejectComment")}
      />
      <div className="app-actions">
        <Button type="submit" aria-disabled={busy}>
          Record reason and go on
        </Button>
        <Button look="secondary" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
