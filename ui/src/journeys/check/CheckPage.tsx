import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { ErrorSummary, FieldMessage, messageFor, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type { BookingReviewView, BookingStageView, EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { ApprovalForm } from "./ApprovalForm";
import { keys, problemOf, useEncounter } from "../../frame/queries";

export function CheckPage({ encounterId }: { encounterId: string }) {
  const { recall, go } = useFrame();
  const { chosen, slotKey } = recall(encounterId);
  if (!chosen || !slotKey) {
    return (
      <Page title="Check before booking">
        <p className="app-empty">No slot has been chosen yet.</p>
        <Button
          onClick={() =>
            go({ page: "encounter", encounterId, step: chosen ? "slots" : "services" })
          }
        >
          {chosen ? "Choose a slot" : "Choose a service"}
        </Button>
      </Page>
    );
  }
  return (
    <Check
      encounterId={encounterId}
      searchId={chosen.searchId}
      serviceId={chosen.service.id}
      slotKey={slotKey}
    />
  );
}

type Chosen = { encounterId: string; searchId: string; serviceId: string; slotKey: string };

function Check(chosen: Chosen) {
  const { desk } = useFrame();
  const { encounterId, searchId, serviceId, slotKey } = chosen;
  const encounter = useEncounter(encounterId);
  const review = useQuery({
    queryKey: keys.review(searchId, serviceId, slotKey),
    queryFn: () => desk.reviewSlot(encounterId, searchId, serviceId, slotKey),
    gcTime: 0,
    staleTime: Infinity,
  });
  return (
    <Page title="Check before booking">
      <Loaded query={review} words="Preparing the booking" encounterId={encounterId}>
        {(view) =>
          encounter.data && <Review chosen={chosen} review={view} encounter={encounter.data} />
        }
      </Loaded>
    </Page>
  );
}

function Review({
  chosen,
  review,
  encounter,
}: {
  chosen: Chosen;
  review: BookingReviewView;
  encounter: EncounterView;
}) {
  const { desk, go, hold, recall, remember } = useFrame();
  const queries = useQueryClient();
  const { encounterId, slotKey } = chosen;
  const { slot, service, gate } = review;
  const { patient, outcome } = encounter;
  const late = recall(encounterId).late ?? { confirmed: false, ground: "" };
  const given = recall(encounterId).approval;
  const approval = given?.slotKey === slotKey ? given.view : undefined;
  // Set at once on the first press: state would only follow with the next drawing.
  const sent = useRef(false);

  const [stage, setStage] = useState<BookingStageView | null>(null);
  // From the first pause on: a stop also holds for the pauses that may follow.
  const [mayStop, setMayStop] = useState(false);
  const [stopping, setStopping] = useState(false);
  const book = useMutation({
    mutationFn: () => {
      setStage(null);
      setMayStop(false);
      setStopping(false);
      const input = {
        ...chosen,
        lateConfirmed: late.confirmed,
        lateGround: late.ground,
        approvalId: approval?.id ?? null,
        rebookId: encounter.rebooks.find(({ mayBook }) => mayBook)?.id ?? null,
      };
      return desk.book(input, (told) => {
        setStage(told);
        if (told.mayStop) setMayStop(true);
      });
    },
    onSuccess: (result) => {
      hold(false);
      remember(encounterId, { result });
      void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      void queries.invalidateQueries({ queryKey: keys.bookings });
      void queries.invalidateQueries({ queryKey: keys.unfinished });
      go({ page: "encounter", encounterId, step: "confirmation" });
    },
    onError: (error) => {
      hold(false);
      // What the core does not take as an approval, or holds no more since a reassessment, has to be given once more.
      const code = problemOf(error)?.code;
      if (code === "lateNeedsApproval" || code === "shownTooLongAgo") {
        remember(encounterId, { approval: undefined });
      }
      // After something unexpected nobody knows whether it was sent: then it is not sent again here.
      sent.current = problemOf(error)?.code === "unexpected";
    },
  });
  const press = () => {
    if (sent.current) return;
    sent.current = true;
    hold(true);
    book.mutate();
  };
  const problem = problemOf(book.error);
  const unsure = problem?.code === "unexpected";
  const needsApproval = gate === "needsApproval";
  const mayAsk = !needsApproval || approval !== undefined;

  return (
    <>
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice
            takesFocus
            encounterId={encounterId}
            onTryAgain={unsure ? undefined : press}
            problem={
              unsure
                ? {
                    ...problem,
                    whatToDo:
                      "The booking may have been sent. Look in unfinished work before booking again.",
                    nextSteps: ["openUnfinished"],
                  }
                : problem
            }
          />
        ))}
      <div className="app-columns">
        <section className="app-card">
          <h2 className="app-h2">The appointment</h2>
          <Facts
            facts={[
              [
                "When",
                <strong key="when">{`${slot.date} ${slot.start}${slot.end ? `–${slot.end}` : ""} ${slot.zone}`}</strong>,
              ],
              ["Timeframe", slot.inTime ? "In time" : `Outside the timeframe: ${slot.lateBy}`],
              ["Service", service.name],
              ["Place", slot.place || placeNotGiven(service.address)],
              ["How", slot.deliveryChannel],
              ["Provider’s name for it", slot.healthcareService],
              [
                "With",
                [slot.practitionerRole, slot.practitioner, slot.practitionerGender]
                  .filter(Boolean)
                  .join(", "),
              ],
              ["Phone", service.phone],
            ]}
          />
        </section>
        <section className="app-card">
          <h2 className="app-h2">The patient</h2>
          <Facts
            facts={[
              ["Name", <strong key="name">{patient.name}</strong>],
              ["Born", `${patient.born} (${patient.age})`],
              ["Gender", patient.gender],
              ["NHS number", patient.nhsNumber],
              ["Address", patient.address],
              ["Now at", patient.locationPostcode],
              [
                "Contact",
                patient.contacts
                  .map((contact) => `${contact.value} (${contact.whose}, ${contact.kind})`)
                  .join("; "),
              ],
              ["Reason", outcome?.reason ?? ""],
              ["Outcome", outcome ? `${outcome.code} ${outcome.description}` : ""],
            ]}
          />
        </section>
      </div>
      {gate !== "open" && (
        <section className="app-gate" aria-labelledby="gate">
          <h2 className="app-h2" id="gate">
            <span aria-hidden="true">⚠ </span>
            {slot.lateBy ? `Outside the timeframe: ${slot.lateBy}` : "Outside the timeframe"}
          </h2>
          <p>{review.gateWords}</p>
          {needsApproval ? (
            approval ? (
              <p role="status">
                <strong>
                  <span aria-hidden="true">✓ </span>
                  {approval.words}
                </strong>
              </p>
            ) : (
              <ApprovalForm
                slot={chosen}
                onApproved={(view) => remember(encounterId, { approval: { slotKey, view } })}
              />
            )
          ) : (
            <>
              <div
                className={
                  messageFor(problem, "lateConfirmed") ? "nhsuk-form-group--error" : undefined
                }
              >
                <FieldMessage id="lateConfirmed" message={messageFor(problem, "lateConfirmed")} />
                <label className="app-radio" htmlFor="lateConfirmed">
                  <input
                    type="checkbox"
                    id="lateConfirmed"
                    checked={late.confirmed}
                    onChange={(event) =>
                      remember(encounterId, { late: { ...late, confirmed: event.target.checked } })
                    }
                  />
                  <span>
                    {gate === "clinicianConfirms"
                      ? "I confirm as a clinician that this slot is acceptable and the patient accepts it"
                      : "I confirm that the slot is outside the timeframe and the patient accepts it"}
                  </span>
                </label>
              </div>
              <TextArea
                id="lateGround"
                label="On what ground it is acceptable"
                rows={2}
                value={late.ground}
                onText={(ground) => remember(encounterId, { late: { ...late, ground } })}
                message={messageFor(problem, "lateGround")}
              />
            </>
          )}
        </section>
      )}
      <div className={`app-actions ${mayAsk ? "app-actions--sticky" : ""}`}>
        {mayAsk && (
          <Button onClick={press} aria-disabled={book.isPending || unsure} id="book">
            Book this slot
          </Button>
        )}
        <Button
          look={mayAsk ? "secondary" : "primary"}
          aria-disabled={book.isPending}
          onClick={() => go({ page: "encounter", encounterId, step: "slots" })}
        >
          Choose another slot
        </Button>
        <Button
          look="secondary"
          aria-disabled={book.isPending}
          onClick={() => go({ page: "encounter", encounterId, step: "services" })}
        >
          Choose another service
        </Button>
        {book.isPending && mayStop && (
          <Button
            look="secondary"
            aria-disabled={stopping}
            onClick={() => {
              if (stopping) return;
              setStopping(true);
              void desk.stopSending(encounterId);
            }}
          >
            Stop trying
          </Button>
        )}
        {book.isPending && (
          <Progress
            words={
              stopping
                ? "It is not sent again. Finding out what the provider holds."
                : (stage?.words ?? "Booking with the provider. Stay on this page.")
            }
          />
        )}
      </div>
    </>
  );
}

/** Never the directory's address as if the provider had given it. */
function placeNotGiven(directory: string) {
  const missing = "Not given by the provider";
  return directory ? `${missing}. The directory’s address: ${directory}` : missing;
}
