import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/Button";
import {
  ErrorSummary,
  Group,
  messageFor,
  Radios,
  TextArea,
  TextField,
} from "../../components/form";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { EncounterView, ResponsesInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter } from "../../frame/queries";

const consents = [
  { value: "patient", label: "The patient agrees" },
  { value: "representative", label: "Somebody who may decide for the patient agrees" },
  { value: "bestInterest", label: "The patient cannot be asked, and it is in their best interest" },
];

/** What was said and found: kept as it is typed, recorded at any time, needed before a referral is sent. */
export function ResponsesPage({ encounterId }: { encounterId: string }) {
  const encounter = useEncounter(encounterId);
  if (!encounter.data) return null;
  return <ResponsesForm encounter={encounter.data} key={encounter.data.version} />;
}

function ResponsesForm({ encounter }: { encounter: EncounterView }) {
  const { desk, go, recall, remember } = useFrame();
  const queries = useQueryClient();
  const encounterId = encounter.id;
  const draft = recall(encounterId).responsesDraft ?? encounter.responses;
  const [mended, setMended] = useState<readonly string[]>([]);
  const rows = draft.answers.length > 0 ? draft.answers : [{ question: "", answer: "" }];
  const list = useRef<HTMLDivElement>(null);
  const change = (part: Partial<ResponsesInput>) => {
    setMended((earlier) => [...earlier, ...Object.keys(part)]);
    remember(encounterId, { responsesDraft: { ...draft, ...part } });
  };
  const answer = (index: number, part: Partial<(typeof rows)[number]>) =>
    change({ answers: rows.map((row, at) => (at === index ? { ...row, ...part } : row)) });
  const add = () => {
    change({ answers: [...rows, { question: "", answer: "" }] });
    // The new row is drawn first.
    setTimeout(() => document.getElementById(`answers.${rows.length}.question`)?.focus(), 0);
  };
  const save = useMutation({
    onMutate: () => setMended([]),
    mutationFn: () => desk.recordResponses(encounterId, encounter.version, draft),
    onSuccess: (view) => {
      remember(encounterId, { responsesDraft: undefined });
      queries.setQueryData(keys.encounter(encounterId), view);
      go({ page: "encounter", encounterId, step: next(view) });
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
      aside={<span className="app-quiet">Needed before a referral is sent</span>}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        {problem &&
          (problem.fields.length > 0 ? (
            <ErrorSummary problem={problem} />
          ) : (
            <ProblemNotice
              problem={problem}
              takesFocus
              encounterId={encounterId}
              onTryAgain={() => save.mutate()}
            />
          ))}
        {problem?.code === "changedMeanwhile" && (
          <Button
            look="secondary"
            onClick={() =>
              void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) })
            }
          >
            Fetch what the other desk took down; what is typed here stays
          </Button>
        )}
        <div className="app-columns app-columns--wide-left">
          <section className="app-card">
            <TextArea
              id="presentingComplaint"
              label="Presenting complaint"
              hint="In the patient’s words"
              value={draft.presentingComplaint}
              onText={(presentingComplaint) => change({ presentingComplaint })}
              message={message("presentingComplaint")}
            />
            <Group legend="Questions and answers" field="answers" message={message("answers")}>
              <div ref={list}>
                {rows.map((row, index) => (
                  <div className="app-answer" key={index}>
                    <TextField
                      id={`answers.${index}.question`}
                      label={`Question ${index + 1}`}
                      value={row.question}
                      onText={(question) => answer(index, { question })}
                      message={message(`answers.${index}.question`)}
                    />
                    <TextField
                      id={`answers.${index}.answer`}
                      label={`Answer ${index + 1}`}
                      value={row.answer}
                      onText={(said) => answer(index, { answer: said })}
                      onKeyDown={(event) => {
                        if (event.key !== "Enter" || index !== rows.length - 1) return;
                        event.preventDefault();
                        if (row.answer.trim()) add();
                      }}
                      message={message(`answers.${index}.answer`)}
                    />
                    <Button
                      look="link"
                      aria-label={`Remove question ${index + 1}`}
                      onClick={() => change({ answers: rows.filter((_, at) => at !== index) })}
                    >
                      Remove
                    </Button>
                  </div>
                ))}
              </div>
              <Button look="secondary" onClick={add}>
                Add a question
              </Button>
            </Group>
          </section>
          <section className="app-card">
            <TextArea
              id="summary"
              label="Clinical summary"
              value={draft.summary}
              onText={(summary) => change({ summary })}
              message={message("summary")}
            />
            <TextArea
              id="advice"
              label="Information and advice given"
              value={draft.advice}
              onText={(advice) => change({ advice })}
              message={message("advice")}
            />
            <Group legend="May the service be told?" field="consent" message={message("consent")}>
              <Radios
                name="consent"
                value={draft.consent}
                onText={(consent) => change({ consent })}
                choices={consents}
              />
            </Group>
            <div className="app-actions">
              <Button type="submit" aria-disabled={save.isPending}>
                Record the assessment
              </Button>
              <Button
                look="secondary"
                onClick={() => go({ page: "encounter", encounterId, step: next(encounter) })}
              >
                Later
              </Button>
            </div>
          </section>
        </div>
      </form>
    </Page>
  );
}

/** Where the call goes on: to the outcome, and from a booking back to its referral. */
function next(encounter: EncounterView) {
  if (encounter.bookings.length > 0) return "referral" as const;
  return encounter.outcome ? ("services" as const) : ("outcome" as const);
}
