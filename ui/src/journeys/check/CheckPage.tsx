import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, TextArea, Tick } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { SendingProgress } from "../../components/SendingProgress";
import type { BookingReviewView, EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { ApprovalForm } from "./ApprovalForm";
import { keys, problemOf, useEncounter } from "../../frame/queries";
import { useSending } from "../../frame/sending";
import { ifUnsure } from "../../frame/unsure";

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

const sentPerhaps = "The booking may have been sent. Look in unfinished work before booking again.";

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
  const { desk, go, recall, remember } = useFrame();
  const queries = useQueryClient();
  const { encounterId, slotKey } = chosen;
  const { slot, service, gate } = review;
  const { patient, outcome } = encounter;
  const late = recall(encounterId).late ?? { confirmed: false, ground: "" };
  const given = recall(encounterId).approval;
  const approval = given?.slotKey === slotKey ? given.view : undefined;
  const sending = useSending();
  const book = useMutation({
    mutationFn: () => {
      const input = {
        ...chosen,
        lateConfirmed: late.confirmed,
        lateGround: late.ground,
        approvalId: approval?.id ?? null,
        rebookId: encounter.rebooks.find(({ mayBook }) => mayBook)?.id ?? null,
      };
      return desk.book(input, sending.tell);
    },
    onSuccess: (result) => {
      sending.over(false);
      remember(encounterId, { result });
      void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      void queries.invalidateQueries({ queryKey: keys.bookings });
      void queries.invalidateQueries({ queryKey: keys.unfinished });
      go({ page: "encounter", encounterId, step: "confirmation" });
    },
    onError: (error) => {
      // What the core does not take as an approval, or holds no more since a reassessment, has to be given once more.
      const code = problemOf(error)?.code;
      if (code === "lateNeedsApproval" || code === "shownTooLongAgo") {
        remember(encounterId, { approval: undefined });
      }
      // After something unexpected nobody knows whether it was sent: then it is not sent again here.
      sending.over(code !== "unexpected");
    },
  });
  const press = () => {
    if (sending.begin()) book.mutate();
  };
  const failed = problemOf(book.error);
  const unsure = failed?.code === "unexpected";
  // One object as long as it is the same failure: it takes focus once.
  const problem = useMemo(() => ifUnsure(failed, sentPerhaps), [failed]);
  const needsApproval = gate === "needsApproval";
  const mayAsk = !needsApproval || approval !== undefined;

  return (
    <>
      <FormProblem problem={problem} encounterId={encounterId} onTryAgain={press} />
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
              <Tick
                id="lateConfirmed"
                label={
                  gate === "clinicianConfirms"
                    ? "I confirm as a clinician that this slot is acceptable and the patient accepts it"
                    : "I confirm that the slot is outside the timeframe and the patient accepts it"
                }
                message={messageFor(problem, "lateConfirmed")}
                checked={late.confirmed}
                onTick={(confirmed) => remember(encounterId, { late: { ...late, confirmed } })}
              />
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
        {book.isPending && (
          <SendingProgress
            sending={sending}
            orderKey={encounterId}
            words="Booking with the provider. Stay on this page."
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
