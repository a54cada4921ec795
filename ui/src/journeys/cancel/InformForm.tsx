import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import {
  ErrorSummary,
  Group,
  messageFor,
  Radios,
  TextArea,
  TextField,
} from "../../components/form";
import { ProblemNotice } from "../../components/ProblemNotice";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";

const ways = [
  { value: "duringTheCall", label: "During this call" },
  { value: "telephone", label: "By telephone" },
  { value: "text", label: "By text message" },
  { value: "letter", label: "By letter" },
  { value: "throughSomebody", label: "Through somebody who looks after them" },
  { value: "notReached", label: "Could not be reached" },
];

/** That the patient was told of a cancellation: the provider does not tell them (CA-6). */
export function InformForm({
  encounterId,
  url,
  onDone,
}: {
  encounterId: string;
  url: string;
  onDone?: () => void;
}) {
  const { desk } = useFrame();
  const renew = useRenew();
  const [how, setHow] = useState("");
  const [at, setAt] = useState("");
  const [note, setNote] = useState("");
  const record = useMutation({
    mutationFn: () => desk.recordInformed({ encounterId, url, how, at, note }),
    onSuccess: () => {
      renew();
      onDone?.();
    },
  });
  const problem = problemOf(record.error);
  if (record.isSuccess) return <p role="status">✓ Recorded that the patient was told.</p>;
  return (
    <form
      className="app-reject"
      noValidate
      aria-label="Tell the patient"
      onSubmit={(event) => {
        event.preventDefault();
        if (!record.isPending) record.mutate();
      }}
    >
      <p>
        <strong>Tell the patient now. The provider does not.</strong>
      </p>
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus />
        ))}
      <Group legend="How was the patient told?" field="how" message={messageFor(problem, "how")}>
        <Radios name="how" value={how} onText={setHow} choices={ways} />
      </Group>
      {how !== "duringTheCall" && (
        <TextField
          id="at"
          label="At"
          hint="HH:MM today; leave empty for now"
          width={5}
          value={at}
          onText={setAt}
          message={messageFor(problem, "at")}
        />
      )}
      <TextArea
        id="note"
        label={how === "notReached" ? "How often and how you tried" : "What was said (optional)"}
        rows={2}
        value={note}
        onText={setNote}
        message={messageFor(problem, "note")}
      />
      <Button type="submit" aria-disabled={record.isPending}>
        Record
      </Button>
    </form>
  );
}
