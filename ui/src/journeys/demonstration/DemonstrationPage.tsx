import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { SelectField } from "../../components/form";
import type { DemonstrationOrder, DemonstrationView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { BehindTheCounter } from "./BehindTheCounter";

/** How often the other side of the counter is looked at again, in milliseconds. */
const LOOKED_AT_EVERY = 3000;

export type Ordering = {
  give: (order: DemonstrationOrder, done: string) => void;
  busy: boolean;
};

/** For trainers: sets situations up and shows the other side of the counter. There only in a demonstration. */
export function DemonstrationPage() {
  const { desk, go } = useFrame();
  const queries = useQueryClient();
  const [done, setDone] = useState("");
  const view = useQuery({
    queryKey: keys.demonstration,
    queryFn: () => desk.demonstration(),
    refetchInterval: LOOKED_AT_EVERY,
  });
  const order = useMutation({
    mutationFn: ({ order }: { order: DemonstrationOrder; done: string }) => desk.demonstrate(order),
    onSuccess: (after, { done }) => {
      queries.setQueryData(keys.demonstration, after);
      setDone(done);
    },
    onError: () => setDone(""),
  });
  const ordering: Ordering = {
    busy: order.isPending,
    give: (one, words) => {
      if (!order.isPending) order.mutate({ order: one, done: words });
    },
  };
  const problem = problemOf(order.error);
  return (
    <div className="app-pad app-trainer">
      <Page
        title="Situations for training"
        aside={
          <>
            {view.data && <span>as of {view.data.at}</span>}
            <Button look="secondary" onClick={() => go({ page: "home" })}>
              Back to the desk
            </Button>
          </>
        }
      >
        <p role="status" className={done ? "app-booked app-trainer__done" : undefined}>
          {done}
        </p>
        {problem && <ProblemNotice problem={problem} takesFocus onTryAgain={() => order.reset()} />}
        <Loaded query={view} words="Looking behind the counter">
          {(seen) => (
            <>
              <div className="app-trainer__top">
                <Scenarios view={seen} ordering={ordering} />
                <OnCue view={seen} ordering={ordering} />
              </div>
              <BehindTheCounter view={seen} ordering={ordering} />
            </>
          )}
        </Loaded>
      </Page>
    </div>
  );
}

function Scenarios({ view, ordering }: { view: DemonstrationView; ordering: Ordering }) {
  return (
    <section aria-labelledby="scenarios">
      <div className="app-bar">
        <h2 className="app-h2" id="scenarios">
          Set up a situation
        </h2>
        <Button
          look="secondary"
          aria-disabled={ordering.busy}
          onClick={() =>
            ordering.give({ order: "startAgain" }, "Everything is as it was at the start.")
          }
        >
          Start again
        </Button>
      </div>
      <p className="app-quiet">
        Each begins with a fresh start: bookings made so far at the providers are gone. What this
        desk has on record stays.
      </p>
      <ul className="app-plain-list">
        {view.scenarios.map((scenario) => (
          <li key={scenario.name} className="app-card app-trainer__scenario">
            <div>
              <h3 className="app-trainer__title">{scenario.title}</h3>
              <p>{scenario.happens}</p>
              <p>
                <strong>Play it: </strong>
                {scenario.play}
              </p>
            </div>
            <Button
              look="secondary"
              aria-label={`Set up ${scenario.title}`}
              aria-disabled={ordering.busy}
              onClick={() =>
                ordering.give(
                  { order: "setUp", scenario: scenario.name },
                  `Set up: ${scenario.title}. ${scenario.play}`,
                )
              }
            >
              Set up
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const often = [
  { value: "1", label: "once" },
  { value: "3", label: "three times" },
  { value: "", label: "until cleared" },
];

function OnCue({ view, ordering }: { view: DemonstrationView; ordering: Ordering }) {
  const [system, setSystem] = useState(view.systems[0]?.name ?? "");
  const chosen = view.systems.find((one) => one.name === system);
  const [event, setEvent] = useState(chosen?.events[0]?.word ?? "");
  const [times, setTimes] = useState("1");
  // Another system may know other events.
  const known = chosen?.events.find((one) => one.word === event) ?? chosen?.events[0];
  return (
    <section aria-labelledby="on-cue">
      <h2 className="app-h2" id="on-cue">
        Let something go wrong
      </h2>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (!chosen || !known) return;
          ordering.give(
            {
              order: "cue",
              system: chosen.name,
              event: known.word,
              times: times === "" ? null : Number(times),
            },
            `On cue: ${chosen.title}. ${known.title}.`,
          );
        }}
      >
        <SelectField
          id="system"
          label="Where"
          value={system}
          onText={setSystem}
          choices={view.systems.map(({ name, title }) => ({ value: name, label: title }))}
        />
        <SelectField
          id="event"
          label="What"
          value={known?.word ?? ""}
          onText={setEvent}
          choices={(chosen?.events ?? []).map(({ word, title }) => ({ value: word, label: title }))}
        />
        <SelectField id="times" label="How often" value={times} onText={setTimes} choices={often} />
        <Button type="submit" aria-disabled={ordering.busy}>
          Put on cue
        </Button>
      </form>
      <h3 className="app-trainer__title">Standing on cue</h3>
      {view.cues.length === 0 ? (
        <p className="app-quiet">Nothing: every system answers as it should.</p>
      ) : (
        <>
          <ul>
            {view.cues.map((cue, index) => (
              <li key={index}>
                <strong>{cue.system}</strong>: {cue.what}, {cue.times}
              </li>
            ))}
          </ul>
          <Button
            look="secondary"
            aria-disabled={ordering.busy}
            onClick={() => ordering.give({ order: "cuesOff" }, "Nothing stands on cue any more.")}
          >
            Clear all
          </Button>
        </>
      )}
    </section>
  );
}
