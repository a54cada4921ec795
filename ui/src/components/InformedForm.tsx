import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useFrame } from "../frame/frame";
import { problemOf, useRenewBookings } from "../frame/queries";
import { useTyped } from "../frame/typed";
import { Button } from "./Button";
import { DoneNote } from "./DoneNote";
import { FormProblem } from "./FormProblem";
import { Group, messageFor, Radios, TextArea, TextField, usePrefixed } from "./form";

const ways = [
  { value: "duringTheCall", label: "Now, during this call" },
  { value: "telephone", label: "By telephone" },
  { value: "text", label: "By text message" },
  { value: "letter", label: "By letter" },
  { value: "throughSomebody", label: "Through somebody else" },
  { value: "notReached", label: "Could not be reached" },
];

/** That the patient was told of a cancellation: by whom is known, how and when is asked (CA-6). */
export function InformedForm({
  encounterId,
  url,
  patient,
  contact = "",
  prefix = "",
  onDone,
}: {
  encounterId: string;
  url: string;
  patient: string;
  /** The number to ring them on, where the page does not show it already. */
  contact?: string;
  /** What the names of the fields begin with, where there are several such forms. */
  prefix?: string;
  onDone?: () => void;
}) {
  const { desk } = useFrame();
  const renew = useRenewBookings();
  const [done, setDone] = useState("");
  const [typed, type, forget] = useTyped(`informed ${url}`, { how: "", at: "", note: "" });
  const record = useMutation({
    mutationFn: () => desk.recordInformed({ encounterId, url, ...typed }),
    onSuccess: () => {
      forget();
      renew();
      if (onDone) {
        onDone();
        return;
      }
      setDone(
        typed.how === "notReached"
          ? `Recorded: ${patient} could not be reached.`
          : `Recorded: ${patient} was told.`,
      );
    },
  });
  const problem = usePrefixed(problemOf(record.error), prefix);
  const bound = (name: "at" | "note") => ({
    id: prefix + name,
    value: typed[name],
    onText: (text: string) => type({ [name]: text }),
    message: messageFor(problem, prefix + name),
  });
  return (
    <>
      <DoneNote words={done} />
      {!done && (
        <form
          className="app-reject"
          noValidate
          aria-label={`Tell the patient: ${patient}`}
          onSubmit={(event) => {
            event.preventDefault();
            if (!record.isPending) record.mutate();
          }}
        >
          <h2 className="app-h2">Tell the patient: {patient}</h2>
          <p>
            The provider does not tell them. Tell them, then record how.
            {contact && (
              <>
                {" "}
                Phone: <strong>{contact}</strong>
              </>
            )}
          </p>
          <FormProblem problem={problem} onTryAgain={() => record.mutate()} />
          <Group
            legend="How was the patient told?"
            field={`${prefix}how`}
            message={messageFor(problem, `${prefix}how`)}
          >
            <Radios
              name={`${prefix}how`}
              inline
              value={typed.how}
              onText={(how) => type({ how })}
              choices={ways}
            />
          </Group>
          <div className="app-row">
            <TextField
              label="When"
              hint="HH:MM today; leave empty for now"
              width={5}
              {...bound("at")}
            />
            <TextArea
              label={
                typed.how === "notReached"
                  ? "Why, and what is done next"
                  : "What was said (optional)"
              }
              rows={2}
              {...bound("note")}
            />
          </div>
          <Button type="submit" aria-disabled={record.isPending}>
            {typed.how === "notReached" ? "Record" : "Record that the patient was told"}
          </Button>
        </form>
      )}
    </>
  );
}
