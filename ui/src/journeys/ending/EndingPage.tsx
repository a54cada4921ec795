import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, TextArea } from "../../components/form";
import { Page } from "../../components/Page";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter } from "../../frame/queries";

const endings = [
  { value: "completed", label: "Completed: everything is done" },
  { value: "noReferralRequired", label: "No service is needed" },
  { value: "leftUndone", label: "Something is left undone" },
];

/** How the encounter ends. */
export function EndingPage({ encounterId }: { encounterId: string }) {
  const { go } = useFrame();
  const encounter = useEncounter(encounterId);
  if (!encounter.data) return null;
  if (encounter.data.ended) {
    return (
      <Page title="Finish encounter">
        <p>
          <strong>This encounter was finished.</strong> {encounter.data.ending}
        </p>
        <Button onClick={() => go({ page: "home" })}>Back to the desk</Button>
      </Page>
    );
  }
  return <Ending encounter={encounter.data} />;
}

function Ending({ encounter }: { encounter: EncounterView }) {
  const { desk, go, recall, remember, forget } = useFrame();
  const queries = useQueryClient();
  const { id: encounterId, undone } = encounter;
  const draft = recall(encounterId).endingDraft ?? { how: undone ? "" : "completed", why: "" };
  const change = (part: Partial<typeof draft>) =>
    remember(encounterId, { endingDraft: { ...draft, ...part } });
  // Something may have come undone since it was chosen.
  const how = undone && draft.how === "completed" ? "" : draft.how;
  const end = useMutation({
    mutationFn: () => desk.endEncounter({ encounterId, how, why: draft.why }),
    onSuccess: () => {
      forget(encounterId);
      void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      go({ page: "home" });
    },
    onError: (error) => {
      if (problemOf(error)?.code === "notCompleted")
        void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
    },
  });
  const problem = problemOf(end.error);
  const { bookings, referrals } = encounter;
  const toRefer = bookings.some(
    (booking) => !referrals.some(({ service }) => service === booking.service),
  );
  const unsaved = unsavedWords(recall(encounterId));
  return (
    <Page title="Finish encounter">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!end.isPending) end.mutate();
        }}
      >
        <FormProblem problem={problem} encounterId={encounterId} onTryAgain={() => end.mutate()} />
        {(undone || unsaved) && (
          <section className="app-gate" aria-labelledby="undone">
            <h2 className="app-h2" id="undone">
              <span aria-hidden="true">⚠ </span>
              Not done yet
            </h2>
            {undone && <p>{undone}</p>}
            {unsaved && <p>{unsaved}</p>}
            <div className="app-actions">
              {undone && toRefer && (
                <Button
                  onClick={() => {
                    remember(encounterId, { referTo: undefined });
                    go({ page: "encounter", encounterId, step: "referral" });
                  }}
                >
                  Send the referral
                </Button>
              )}
              {undone && !toRefer && encounter.outcome && (
                <Button
                  look="secondary"
                  onClick={() => go({ page: "encounter", encounterId, step: "services" })}
                >
                  Choose a service
                </Button>
              )}
              {undone && (
                <Button look="secondary" onClick={() => go({ page: "unfinished" })}>
                  Open unfinished work
                </Button>
              )}
            </div>
          </section>
        )}
        <section className="app-card">
          <Group legend="How does it end?" field="how" message={messageFor(problem, "how")}>
            <div className="app-radios">
              {endings.map(({ value, label }) => {
                const notYet = value === "completed" && undone !== "";
                return (
                  <label key={value} className="app-radio">
                    <input
                      type="radio"
                      id={`how-${value}`}
                      name="how"
                      value={value}
                      disabled={notYet}
                      checked={how === value}
                      onChange={() => change({ how: value })}
                    />
                    <span>
                      {label}
                      {notYet && (
                        <>
                          <br />
                          <strong>Not yet:</strong> {undone}
                        </>
                      )}
                    </span>
                  </label>
                );
              })}
            </div>
          </Group>
          {how === "leftUndone" && (
            <TextArea
              id="why"
              label="What is left undone, and why"
              rows={2}
              value={draft.why}
              onText={(why) => change({ why })}
              message={messageFor(problem, "why")}
            />
          )}
          <div className="app-actions">
            <Button type="submit" aria-disabled={end.isPending}>
              End the encounter
            </Button>
          </div>
        </section>
      </form>
    </Page>
  );
}

/** What was typed and never saved, which ending would drop. */
function unsavedWords(memory: {
  responsesDraft?: unknown;
  patientDraft?: unknown;
  outcomeDraft?: unknown;
}) {
  const typed = [
    memory.patientDraft && "Patient",
    memory.responsesDraft && "Assessment",
    memory.outcomeDraft && "Assessment outcome",
  ].filter(Boolean);
  return typed.length > 0
    ? `What you typed was not saved in: ${typed.join(", ")}. Ending the encounter drops it.`
    : "";
}
