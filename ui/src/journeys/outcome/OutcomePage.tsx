import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, TextArea, TextField } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import type { OutcomeChoiceView, OutcomeInput, OutcomeView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter } from "../../frame/queries";

export function OutcomePage({ encounterId }: { encounterId: string }) {
  const { desk, go, recall, remember } = useFrame();
  const queries = useQueryClient();
  const encounter = useEncounter(encounterId);
  const choices = useQuery({
    queryKey: keys.outcomes,
    queryFn: () => desk.outcomeChoices(),
    staleTime: Infinity,
  });
  const recorded = encounter.data?.outcome;
  const draft: OutcomeInput = recall(encounterId).outcomeDraft ?? {
    code: recorded?.code ?? "",
    reachedAt: "",
    symptomGroup: recorded?.symptomGroup ?? "",
    symptomDiscriminators: recorded?.symptomDiscriminators ?? "",
    reason: recorded?.reason ?? "",
  };
  const change = (part: Partial<OutcomeInput>) =>
    remember(encounterId, { outcomeDraft: { ...draft, ...part } });

  const record = useMutation({
    mutationFn: () => desk.recordOutcome(encounterId, draft),
    onSuccess: (view) => {
      queries.setQueryData(keys.encounter(encounterId), view);
      queries.removeQueries({ queryKey: keys.services(encounterId) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      remember(encounterId, {
        outcomeDraft: undefined,
        chosen: undefined,
        slotKey: undefined,
        referTo: undefined,
      });
      go({ page: "encounter", encounterId, step: "services" });
    },
  });
  const problem = problemOf(record.error);
  const message = (field: string) => messageFor(problem, field);

  return (
    <Page
      title="Assessment outcome"
      aside={
        recorded &&
        !encounter.data?.ended && (
          <>
            <span>
              Recorded: {recorded.code} {recorded.description}
            </span>
            <Button
              look="secondary"
              onClick={() => {
                remember(encounterId, { endingDraft: { how: "noReferralRequired", why: "" } });
                go({ page: "encounter", encounterId, step: "ending" });
              }}
            >
              No service is needed
            </Button>
          </>
        )
      }
    >
      <EarlierOutcomes outcomes={encounter.data?.earlierOutcomes ?? []} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!record.isPending) record.mutate();
        }}
      >
        <FormProblem
          problem={problem}
          encounterId={encounterId}
          onTryAgain={() => record.mutate()}
        />
        <div className="app-columns app-columns--wide-left">
          <section className="app-card">
            <Group legend="Outcome" field="code" message={message("code")}>
              <Loaded query={choices} words="Fetching the outcomes">
                {(all) => (
                  <OutcomeList
                    all={all}
                    chosen={draft.code}
                    onChoose={(code) => change({ code })}
                  />
                )}
              </Loaded>
            </Group>
          </section>
          <section className="app-card">
            <TextField
              id="reachedAt"
              label="Reached at"
              hint="HH:MM; leave empty for now"
              width={5}
              value={draft.reachedAt}
              onText={(reachedAt) => change({ reachedAt })}
              message={message("reachedAt")}
            />
            <TextField
              id="symptomGroup"
              label="Symptom group"
              hint="Number, as the assessment gives it"
              width={5}
              inputMode="numeric"
              value={draft.symptomGroup}
              onText={(symptomGroup) => change({ symptomGroup })}
              message={message("symptomGroup")}
            />
            <TextField
              id="symptomDiscriminators"
              label="Symptom discriminators (optional)"
              hint="Numbers, separated by commas"
              width={20}
              value={draft.symptomDiscriminators}
              onText={(symptomDiscriminators) => change({ symptomDiscriminators })}
              message={message("symptomDiscriminators")}
            />
            <TextArea
              id="reason"
              label="Reason for the appointment"
              hint="A few words; the provider sees them"
              value={draft.reason}
              onText={(reason) => change({ reason })}
              message={message("reason")}
            />
            <Button type="submit" aria-disabled={record.isPending}>
              Record outcome
            </Button>
          </section>
        </div>
      </form>
    </Page>
  );
}

/** They are kept, and no longer count. */
function EarlierOutcomes({ outcomes }: { outcomes: OutcomeView[] }) {
  if (outcomes.length === 0) return null;
  return (
    <section className="app-card" aria-labelledby="earlier">
      <h2 className="app-h2" id="earlier">
        Earlier outcomes of this encounter: kept, and no longer counting
      </h2>
      <ol className="app-plain-list">
        {outcomes.map(({ code, description, timeframe, reached, reason, reachedAt }) => (
          <li key={reachedAt + code}>
            {reached}: {code} {description}, {timeframe}
            {reason && `. ${reason}`}
          </li>
        ))}
      </ol>
    </section>
  );
}

function OutcomeList({
  all,
  chosen,
  onChoose,
}: {
  all: OutcomeChoiceView[];
  chosen: string;
  onChoose: (code: string) => void;
}) {
  const [filter, setFilter] = useState("");
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter((choice) => {
    const text = `${choice.code} ${choice.description} ${choice.timeframe}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <>
      <TextField
        id="outcomeFilter"
        label="Find an outcome"
        hint="Code or words. Enter takes the first, arrow keys move through the list."
        value={filter}
        onText={setFilter}
        beside={filter ? `${shown.length} of ${all.length}` : `${all.length} outcomes`}
        onKeyDown={(event) => {
          const first = shown[0];
          if (!first || (event.key !== "Enter" && event.key !== "ArrowDown")) return;
          event.preventDefault();
          onChoose(first.code);
          document.getElementById(`code-${first.code}`)?.focus();
        }}
      />
      {shown.length === 0 ? (
        <p className="app-empty">
          No outcome fits “{filter}”. Type fewer letters, or the code alone.
        </p>
      ) : (
        <div className="app-outcomes" role="radiogroup" aria-label="Outcomes">
          {shown.map((choice) => (
            <label key={choice.code} className="app-outcome" htmlFor={`code-${choice.code}`}>
              <input
                type="radio"
                id={`code-${choice.code}`}
                name="code"
                value={choice.code}
                checked={chosen === choice.code}
                onChange={() => onChoose(choice.code)}
              />
              <strong>{choice.code}</strong>
              <span>{choice.description}</span>
              <span className="app-outcome__frame">{choice.timeframe}</span>
            </label>
          ))}
        </div>
      )}
    </>
  );
}
