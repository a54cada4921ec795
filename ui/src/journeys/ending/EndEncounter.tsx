import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, Group, messageFor, Radios, TextArea } from "../../components/form";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";

const endings = [
  { value: "completed", label: "Everything is done" },
  { value: "noReferralRequired", label: "No service referral required" },
  { value: "leftUndone", label: "Something is left undone" },
];

/** Ends the encounter: what is left undone is said before, and recorded with its reason. */
export function EndEncounter({
  encounter,
  suggested,
}: {
  encounter: EncounterView;
  suggested?: "noReferralRequired";
}) {
  const { desk, go, forget } = useFrame();
  const renew = useRenew();
  const [open, setOpen] = useState(suggested !== undefined);
  const [how, setHow] = useState<string>(suggested ?? (encounter.undone === "" ? "completed" : ""));
  const [why, setWhy] = useState("");
  const end = useMutation({
    mutationFn: () => desk.endEncounter({ encounterId: encounter.id, how, why }),
    onSuccess: () => {
      forget(encounter.id);
      renew();
      go({ page: "home" });
    },
  });
  const problem = problemOf(end.error);
  if (encounter.ended)
    return <p className="app-quiet">This encounter has ended: {encounter.ending}</p>;
  if (!open)
    return (
      <Button
        look={encounter.undone === "" ? "primary" : "secondary"}
        onClick={() => setOpen(true)}
      >
        Finish encounter
      </Button>
    );
  return (
    <form
      className="app-card"
      noValidate
      aria-labelledby="ending"
      onSubmit={(event) => {
        event.preventDefault();
        if (!end.isPending) end.mutate();
      }}
    >
      <h2 className="app-h2" id="ending">
        Finish the encounter
      </h2>
      {encounter.undone && (
        <p>
          <span aria-hidden="true">⚠ </span>
          <strong>{encounter.undone}</strong>
        </p>
      )}
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice
            problem={problem}
            takesFocus
            encounterId={encounter.id}
            onTryAgain={() => end.mutate()}
          />
        ))}
      <Group legend="How does it end?" field="how" message={messageFor(problem, "how")}>
        <Radios name="how" value={how} onText={setHow} choices={endings} />
      </Group>
      {how === "leftUndone" && (
        <TextArea
          id="why"
          label="What is left undone, and why"
          rows={2}
          value={why}
          onText={setWhy}
          message={messageFor(problem, "why")}
        />
      )}
      <div className="app-actions">
        <Button type="submit" aria-disabled={end.isPending} id="end">
          End the encounter
        </Button>
        <Button look="secondary" onClick={() => setOpen(false)}>
          Not yet
        </Button>
      </div>
    </form>
  );
}
