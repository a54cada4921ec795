import type { ReactNode } from "react";
import { EncounterStory } from "../../components/EncounterStory";
import { Loaded } from "../../components/Loaded";
import { OutcomeClock } from "../../components/OutcomeClock";
import { PatientBanner } from "../../components/PatientBanner";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import type { EncounterMemory } from "../../frame/memory";
import { useEncounter } from "../../frame/queries";
import { steps } from "../../frame/route";
import type { Step } from "../../frame/route";
import { RebookPanel } from "./RebookPanel";
import { RegistryFlag } from "./RegistryFlag";

const stepWords: Record<Step, string> = {
  patient: "Patient",
  responses: "Assessment",
  outcome: "Assessment outcome",
  services: "Service",
  slots: "Slot",
  check: "Check",
  confirmation: "Confirmation",
  referral: "Referral",
  ending: "Finish",
};

/** Steps that wait for nothing: they can be passed over, and gone to at any time. */
const alwaysOpen: readonly Step[] = ["responses", "outcome", "ending"];

/** Banner and clock on top, steps at the left, the work in the middle. */
export function EncounterLayout({
  encounterId,
  step,
  children,
}: {
  encounterId?: string;
  /** None on a page that is beside the steps. */
  step?: Step | undefined;
  children: ReactNode;
}) {
  if (encounterId === undefined) {
    return (
      <>
        <div className="app-top">
          <section className="app-banner app-banner--empty" aria-label="Patient">
            New patient: nothing saved yet
          </section>
        </div>
        <div className="app-work">
          <Steps at={step} done={() => false} open={() => false} />
          {children}
        </div>
      </>
    );
  }
  return (
    <Existing encounterId={encounterId} step={step}>
      {children}
    </Existing>
  );
}

function Existing({
  encounterId,
  step,
  children,
}: {
  encounterId: string;
  step: Step | undefined;
  children: ReactNode;
}) {
  const encounter = useEncounter(encounterId);
  const { recall } = useFrame();
  const memory = recall(encounterId);
  return (
    <Loaded query={encounter} words="Fetching the encounter" encounterId={encounterId}>
      {(view) => (
        <>
          <div className="app-top">
            <PatientBanner patient={view.patient} />
            {view.outcome && <OutcomeClock outcome={view.outcome} />}
            <RegistryFlag view={view} />
            <RebookPanel view={view} />
          </div>
          <div className="app-work">
            <Steps
              at={step}
              done={(of) => isDone(of, view, memory)}
              open={(of) => isOpen(of, view, memory)}
              encounterId={encounterId}
              ended={view.ended}
              endingWords={view.ending}
            />
            {children}
          </div>
        </>
      )}
    </Loaded>
  );
}

/** Whether what the step is for is there, so that it can be gone back to. */
function isDone(step: Step, view: EncounterView, memory: EncounterMemory): boolean {
  switch (step) {
    case "patient":
      return true;
    case "responses":
      return hasResponses(view);
    case "outcome":
      return view.outcome !== null;
    case "services":
      return memory.chosen !== undefined;
    case "slots":
      return memory.slotKey !== undefined;
    case "check":
      return memory.result !== undefined && memory.slotKey !== undefined;
    case "confirmation":
      return memory.result !== undefined || view.bookings.length > 0;
    case "referral":
      return view.referrals.length > 0;
    case "ending":
      return view.ended;
  }
}

/** Whether the assessment holds what a referral needs of it. */
function hasResponses({ responses }: EncounterView): boolean {
  return Boolean(responses.presentingComplaint && responses.summary && responses.consent);
}

/** Whether the step can be gone to, done or not. */
function isOpen(step: Step, view: EncounterView, memory: EncounterMemory): boolean {
  if (alwaysOpen.includes(step)) return true;
  const toRefer = view.bookings.length > 0 || memory.referTo !== undefined;
  return isDone(step, view, memory) || (step === "referral" && toRefer);
}

function Steps({
  at,
  done,
  open,
  encounterId,
  ended = false,
  endingWords = "",
}: {
  at: Step | undefined;
  done: (step: Step) => boolean;
  open: (step: Step) => boolean;
  encounterId?: string;
  ended?: boolean;
  endingWords?: string;
}) {
  const { go } = useFrame();
  return (
    <nav className="app-steps" aria-label="Steps">
      <ol>
        {steps.map((step, index) => {
          const here = step === at;
          const finished = done(step);
          const content = (
            <>
              <span className="app-steps__number" aria-hidden="true">
                {finished && !here ? "✓" : index + 1}
              </span>
              {stepWords[step]}
              {finished && !here && <span className="nhsuk-u-visually-hidden">, done</span>}
            </>
          );
          return (
            <li key={step} aria-current={here ? "step" : undefined}>
              {open(step) && !here && encounterId !== undefined ? (
                <button type="button" onClick={() => go({ page: "encounter", encounterId, step })}>
                  {content}
                </button>
              ) : (
                <span className="app-steps__still">{content}</span>
              )}
            </li>
          );
        })}
      </ol>
      {ended && <p className="app-quiet">This encounter was finished. {endingWords}</p>}
      <EncounterStory encounterId={encounterId ?? ""} words="The encounter, step by step" />
    </nav>
  );
}
