import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { FieldMessage, Group, messageFor, Radios, TextArea } from "../../components/form";
import { Overtaken } from "../../components/Overtaken";
import { Page } from "../../components/Page";
import type { EncounterView, ResponsesInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { versionSeen } from "../../frame/memory";
import { keys, problemOf, useEncounter } from "../../frame/queries";
import { AnswersFields, emptyAnswer } from "./AnswersFields";

const consents = [
  { value: "patient", label: "The patient agrees" },
  { value: "representative", label: "A representative of the patient agrees" },
  { value: "bestInterest", label: "It is in the patient’s best interest: they cannot be asked" },
];

/** What was said and found in the assessment. */
export function ResponsesPage({ encounterId }: { encounterId: string }) {
  const encounter = useEncounter(encounterId);
  return encounter.data ? <Responses encounter={encounter.data} /> : null;
}

function Responses({ encounter }: { encounter: EncounterView }) {
  const { desk, go, recall, remember } = useFrame();
  const queries = useQueryClient();
  const { id: encounterId, responses: recorded, version } = encounter;
  const memory = recall(encounterId);
  const draft = memory.responsesDraft ?? withRoom(recorded);
  // Fields changed since the form was last looked at: what was wrong with them may be right now.
  const [mended, setMended] = useState<readonly string[]>([]);
  const change = (part: Partial<ResponsesInput>) => {
    setMended((earlier) => [...earlier, ...Object.keys(part)]);
    remember(encounterId, (old) => ({
      responsesDraft: { ...(old.responsesDraft ?? draft), ...part },
      responsesBegun: old.responsesBegun ?? { version, recorded },
    }));
  };
  const next = memory.returnTo ?? (encounter.outcome ? "services" : "outcome");
  const goOn = () => {
    remember(encounterId, { returnTo: undefined });
    go({ page: "encounter", encounterId, step: next });
  };

  const save = useMutation({
    onMutate: () => setMended([]),
    mutationFn: () => {
      const seen = versionSeen(memory.responsesBegun, version, recorded);
      return desk.recordResponses(encounterId, seen, draft);
    },
    onSuccess: (view) => {
      queries.setQueryData(keys.encounter(encounterId), view);
      void queries.invalidateQueries({ queryKey: keys.encounters });
      remember(encounterId, { responsesDraft: undefined, responsesBegun: undefined });
      goOn();
    },
  });
  const problem = problemOf(save.error);
  const message = (field: string) =>
    mended.some((name) => field === name || field.startsWith(`${name}.`))
      ? ""
      : messageFor(problem, field);

  return (
    <Page
      title="Assessment"
      aside={<span>A referral needs it. An outcome and a booking do not: it can wait.</span>}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <FormProblem problem={problem} encounterId={encounterId} onTryAgain={() => save.mutate()} />
        {problem?.code === "changedMeanwhile" && (
          <Overtaken
            encounterId={encounterId}
            keep={(view) => {
              save.reset();
              const begun = { version: view.version, recorded: view.responses };
              remember(encounterId, { responsesDraft: draft, responsesBegun: begun });
            }}
            take={() => {
              save.reset();
              remember(encounterId, { responsesDraft: undefined, responsesBegun: undefined });
            }}
            recorded={({ responses }) => [
              ["Presenting complaint", responses.presentingComplaint],
              ["Clinical summary", responses.summary],
              ["Advice given", responses.advice],
              ...responses.answers.map(({ question, answer }): [string, string] => [
                question,
                answer,
              ]),
              ["Consent", consents.find(({ value }) => value === responses.consent)?.label],
            ]}
          />
        )}
        <div className="app-columns">
          <section className="app-card">
            <TextArea
              id="presentingComplaint"
              label="Presenting complaint"
              hint="What the patient presents with, in their words"
              value={draft.presentingComplaint}
              onText={(presentingComplaint) => change({ presentingComplaint })}
              message={message("presentingComplaint")}
            />
            <TextArea
              id="summary"
              label="Clinical summary"
              rows={5}
              value={draft.summary}
              onText={(summary) => change({ summary })}
              message={message("summary")}
            />
          </section>
          <section className="app-card">
            <TextArea
              id="advice"
              label="Information and advice given (optional)"
              value={draft.advice}
              onText={(advice) => change({ advice })}
              message={message("advice")}
            />
            <Group
              legend="Consent"
              hint="On what the sharing of this information with the service rests"
              field="consent"
              message={message("consent")}
            >
              <Radios
                name="consent"
                value={draft.consent}
                onText={(consent) => change({ consent })}
                choices={consents}
              />
            </Group>
          </section>
        </div>
        <section className="app-card">
          <h2 className="app-h2">Questions and answers (optional)</h2>
          <p className="app-hint nhsuk-hint">
            Enter goes from the question to the answer, and from there to the next question.
          </p>
          <FieldMessage id="answers" message={message("answers")} />
          <AnswersFields
            answers={draft.answers}
            onChange={(answers) => change({ answers })}
            message={message}
          />
        </section>
        <div className="app-actions app-actions--sticky">
          <Button type="submit" aria-disabled={save.isPending}>
            Save assessment
          </Button>
          <Button look="secondary" aria-disabled={save.isPending} onClick={goOn}>
            Pass over for now
          </Button>
          {memory.responsesDraft && (
            <span className="app-quiet">
              Not saved yet. What you typed stays on this page while you are elsewhere.
            </span>
          )}
        </div>
      </form>
    </Page>
  );
}

/** With a row to type in. */
function withRoom(responses: ResponsesInput): ResponsesInput {
  return responses.answers.length > 0 ? responses : { ...responses, answers: [emptyAnswer] };
}
