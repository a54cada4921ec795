import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Copyable } from "../../components/Copyable";
import { Tick } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { PatientBanner } from "../../components/PatientBanner";
import type { AuditDayView, AuditStepView, AuditStoryView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";
import { Exchanges } from "./Exchanges";
import { Outcome } from "./Outcome";
import { What, Who } from "./What";

/** For supervisors: one encounter from its beginning, to be read and to be printed. */
export function TimelinePage({ encounterId }: { encounterId: string }) {
  const { desk } = useFrame();
  const story = useQuery({
    queryKey: keys.auditStory(encounterId),
    queryFn: () => desk.auditStory(encounterId),
    // Each reading is recorded: it is read again only where somebody asks.
    staleTime: Infinity,
  });
  return (
    <div className="app-pad app-story">
      <Page
        title="The encounter, step by step"
        aside={
          <>
            <Button look="secondary" onClick={() => window.history.back()}>
              Back
            </Button>
            <Button look="secondary" onClick={() => void story.refetch()}>
              Read again
            </Button>
            <Button look="secondary" onClick={() => void desk.printPage()}>
              Print
            </Button>
          </>
        }
      >
        <Loaded query={story} words="Reading the encounter">
          {(view) => <Story story={view} />}
        </Loaded>
      </Page>
    </div>
  );
}

function Story({ story }: { story: AuditStoryView }) {
  const [doneOnly, setDoneOnly] = useState(false);
  const [wire, setWire] = useState(false);
  const looked = story.days.some((day) => day.phases.some((phase) => phase.looked));
  return (
    <>
      {story.patient ? (
        <PatientBanner patient={story.patient} />
      ) : (
        <p className="app-banner app-banner--empty">
          The patient’s details were removed, as the rules for keeping records ask. What was done
          stays.
        </p>
      )}
      <p className="app-story__course">
        {story.course}. {story.extent}.{" "}
        <span className="app-quiet">
          Encounter <Copyable value={story.encounter} what="encounter id" />
        </span>
      </p>
      <div className="app-story__choices app-no-print">
        {looked && (
          <Tick
            id="doneOnly"
            label="Leave out who only looked"
            checked={doneOnly}
            onTick={setDoneOnly}
          />
        )}
        <Tick id="wire" label="Show what went over the wire" checked={wire} onTick={setWire} />
      </div>
      {story.days.map((day, index) => (
        <Day key={`${day.day} ${index}`} day={day} doneOnly={doneOnly} wire={wire} />
      ))}
    </>
  );
}

function Day({ day, doneOnly, wire }: { day: AuditDayView; doneOnly: boolean; wire: boolean }) {
  const phases = day.phases.filter((phase) => !(doneOnly && phase.looked));
  if (phases.length === 0) return null;
  return (
    <section className="app-card">
      <h2 className="app-h2">{day.day}</h2>
      {phases.map((phase, index) => (
        <section key={index} className="app-story__phase">
          <h3 className="app-audit__h3">{phase.title}</h3>
          <ol className="app-plain-list">
            {phase.steps.map((step) => (
              <Step key={step.row.number} step={step} wire={wire} />
            ))}
          </ol>
        </section>
      ))}
    </section>
  );
}

function Step({ step: { row, time, after }, wire }: { step: AuditStepView; wire: boolean }) {
  return (
    <li className="app-story__step">
      <span className="app-story__time">
        {time} <span className="app-quiet">{row.zone}</span>
      </span>
      <span className="app-story__after app-quiet">{after}</span>
      <div>
        <strong>
          <What row={row} />
        </strong>
        <br />
        <span className="app-quiet">
          <Who row={row} />
          {row.device && ` · ${row.device}`} · event {row.number.toLocaleString("en-GB")}
        </span>
        {wire && row.exchanges.length > 0 && <Exchanges exchanges={row.exchanges} />}
      </div>
      <Outcome outcome={row.outcome} words={row.outcomeWords} />
    </li>
  );
}
