import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { problemOf, useRenewBookings } from "../frame/queries";
import { useTyped } from "../frame/typed";
import { Button } from "./Button";
import { DoneNote } from "./DoneNote";
import { FormProblem } from "./FormProblem";
import { messageFor, TextArea, usePrefixed } from "./form";

/** One thing to say in a few words, and to record: who was told, or why. */
export function NoteForm({
  form,
  field,
  prefix = "",
  label,
  button,
  doneWords = "Recorded.",
  save,
  onDone,
}: {
  /** What is typed is kept under this. */
  form: string;
  /** Name of the field in the contract. */
  field: "note" | "reason";
  prefix?: string;
  label: string;
  button: string;
  /** What is said once it is recorded, where nobody else says it. */
  doneWords?: string;
  save: (note: string) => Promise<unknown>;
  onDone?: () => void;
}) {
  const renew = useRenewBookings();
  const [done, setDone] = useState(false);
  const [{ note }, type, forget] = useTyped(form, { note: "" });
  const record = useMutation({
    mutationFn: () => save(note),
    onSuccess: () => {
      forget();
      renew();
      if (onDone) onDone();
      else setDone(true);
    },
  });
  const problem = usePrefixed(problemOf(record.error), prefix);
  return (
    <>
      <DoneNote words={done ? doneWords : ""} />
      {!done && (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!record.isPending) record.mutate();
          }}
        >
          <FormProblem problem={problem} onTryAgain={() => record.mutate()} />
          <TextArea
            id={prefix + field}
            label={label}
            rows={2}
            value={note}
            onText={(text) => type({ note: text })}
            message={messageFor(problem, prefix + field)}
          />
          <Button type="submit" look="secondary" aria-disabled={record.isPending}>
            {button}
          </Button>
        </form>
      )}
    </>
  );
}
