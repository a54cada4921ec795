import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { TextArea } from "../../components/form";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { EncounterView, RebookView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";
import { CancelBooking } from "../cancel/CancelBooking";

/** A rebooking that goes on: what the patient holds right now, and what comes next. Cannot be missed. */
export function RebookPanel({ encounter }: { encounter: EncounterView }) {
  const open = encounter.rebooks.find((one) => !one.settled);
  // The result stays in sight until the page is left.
  const [watched, setWatched] = useState<string | null>(null);
  const shown = open ?? encounter.rebooks.find((one) => one.id === watched);
  if (!shown) return null;
  return <Panel rebook={shown} key={shown.id} onWatched={() => setWatched(shown.id)} />;
}

function Panel({ rebook, onWatched }: { rebook: RebookView; onWatched: () => void }) {
  const { desk, go } = useFrame();
  const renew = useRenew();
  const [cancelling, setCancelling] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const [reason, setReason] = useState("");
  const act = useMutation({
    mutationFn: (what: "leave" | "keep") =>
      what === "leave" ? desk.leaveRebook(rebook.id) : desk.keepBoth(rebook.id, reason),
    onSuccess: renew,
  });
  const problem = problemOf(act.error);
  const step = (at: "services" | "outcome") => () =>
    go({ page: "encounter", encounterId: rebook.encounterId, step: at });
  return (
    <section
      className={`app-rebook ${rebook.mayCancelOriginal ? "app-rebook--two" : ""}`}
      aria-label="Rebooking"
    >
      <p role="status">
        <strong>
          <span aria-hidden="true">{rebook.settled ? "✓ " : "⇄ "}</span>
          {rebook.settled ? "Rebooked. " : "Replacing the booking of "}
          {rebook.original}.
        </strong>{" "}
        The patient holds: <strong>{rebook.holds}</strong> {rebook.next}
      </p>
      {problem && <ProblemNotice problem={problem} takesFocus />}
      <div className="app-actions">
        {rebook.mayBook && (
          <>
            <Button onClick={step("services")}>Find a new slot</Button>
            <Button look="secondary" onClick={() => act.mutate("leave")}>
              Leave it as it was
            </Button>
          </>
        )}
        {rebook.mayCancelOriginal && !cancelling && (
          <Button
            onClick={() => {
              onWatched();
              setCancelling(true);
            }}
          >
            Confirm with the patient, and cancel the original
          </Button>
        )}
        {rebook.mayCancelOriginal && (
          <Button look="secondary" aria-expanded={keeping} onClick={() => setKeeping(!keeping)}>
            Keep both
          </Button>
        )}
      </div>
      {keeping && rebook.mayCancelOriginal && (
        <form
          className="app-reject"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            act.mutate("keep");
          }}
        >
          <TextArea
            id="keepReason"
            label="Why the patient keeps both"
            rows={2}
            value={reason}
            onText={setReason}
          />
          <Button type="submit">Keep both bookings</Button>
        </form>
      )}
      {cancelling && (
        <CancelBooking
          which={{
            bookingId: rebook.originalBookingId,
            encounterId: rebook.encounterId,
            url: rebook.originalUrl,
          }}
          rebookId={rebook.id}
        />
      )}
    </section>
  );
}
