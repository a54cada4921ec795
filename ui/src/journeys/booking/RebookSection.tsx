import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Loaded } from "../../components/Loaded";
import { messageFor, TextArea } from "../../components/form";
import type { BookingView, EncounterView, OutcomeInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter, useRenewBookings } from "../../frame/queries";
import { useTyped } from "../../frame/typed";

/** The ways to another booking: within the consultation, or after it with a new assessment (RB-1, RB-2). */
export function RebookSection({
  booking,
  gone,
}: {
  booking: BookingView;
  /** Whether its provider said that it does not have it. */
  gone: boolean;
}) {
  const encounter = useEncounter(booking.encounterId);
  return (
    <section className="app-card app-no-print" aria-labelledby="rebook-title">
      <h2 className="app-h2" id="rebook-title">
        Rebook
      </h2>
      <p>
        {gone
          ? "The provider does not have this booking, so the patient may hold none. A new booking is made first; then settle what became of this one."
          : "The new booking is made first. This one stands until the new one is confirmed."}
      </p>
      <Loaded query={encounter} words="Fetching the encounter" encounterId={booking.encounterId}>
        {(view) =>
          view.ended ? (
            <Afterwards booking={booking} earlier={view} />
          ) : (
            <Within booking={booking} encounter={view} />
          )
        }
      </Loaded>
    </section>
  );
}

const whichOf = (booking: BookingView) => ({ bookingId: booking.id, encounterId: null, url: null });

function Within({ booking, encounter }: { booking: BookingView; encounter: EncounterView }) {
  const { desk, go } = useFrame();
  const renew = useRenewBookings();
  const begin = useMutation({
    mutationFn: () => desk.beginRebook(encounter.id, whichOf(booking), ""),
    onSuccess: () => {
      renew();
      const step = encounter.outcome ? "services" : "outcome";
      go({ page: "encounter", encounterId: encounter.id, step });
    },
  });
  return (
    <>
      <FormProblem
        problem={problemOf(begin.error)}
        encounterId={encounter.id}
        onTryAgain={() => begin.mutate()}
      />
      <Button
        look="secondary"
        aria-disabled={begin.isPending}
        onClick={() => begin.isPending || begin.mutate()}
      >
        Rebook in this consultation
      </Button>
    </>
  );
}

function Afterwards({ booking, earlier }: { booking: BookingView; earlier: EncounterView }) {
  const { desk, go, remember } = useFrame();
  const queries = useQueryClient();
  const renew = useRenewBookings();
  const [without, setWithout] = useState(false);
  const [typed, type, forget] = useTyped(`rebook ${booking.id}`, { reason: "" });
  const [missing, setMissing] = useState(false);
  const made = useRef<EncounterView | null>(null);
  const words = `${booking.date} ${booking.start}, ${booking.service}`;
  const begun = (view: EncounterView, step: "responses" | "outcome") => {
    queries.setQueryData(keys.encounter(view.id), view);
    renew();
    forget();
    go({ page: "encounter", encounterId: view.id, step });
  };
  const again = useMutation({
    mutationFn: () => desk.reassess(earlier.id),
    onSuccess: (view) => {
      remember(view.id, { rebookOf: { which: whichOf(booking), words } });
      begun(view, "responses");
    },
  });
  const goOn = useMutation({
    mutationFn: async () => {
      // A second try goes on with the encounter that the first one began.
      made.current ??= await desk.reassess(earlier.id);
      await desk.beginRebook(made.current.id, whichOf(booking), typed.reason);
      return made.current;
    },
    onSuccess: (view) => {
      if (earlier.outcome) remember(view.id, { outcomeDraft: asItWas(earlier.outcome) });
      begun(view, "outcome");
    },
  });
  const busy = again.isPending || goOn.isPending;
  const problem = problemOf(again.error ?? goOn.error);
  const reasonMissing = missing && typed.reason.trim() === "" ? "Say why it goes on without" : "";
  return (
    <>
      <p>The consultation in which this was booked is over. Symptoms may have changed.</p>
      <FormProblem problem={problem} encounterId={earlier.id} />
      <div className="app-actions">
        <Button aria-disabled={busy} onClick={() => busy || again.mutate()}>
          Assess again
        </Button>
        <Button look="secondary" aria-expanded={without} onClick={() => setWithout(!without)}>
          Without reassessment…
        </Button>
      </div>
      {without && (
        <form
          className="app-reject"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setMissing(true);
            if (typed.reason.trim() === "") {
              document.getElementById("withoutReassessment")?.focus();
              return;
            }
            if (!busy) goOn.mutate();
          }}
        >
          <TextArea
            id="withoutReassessment"
            label="Why it goes on without a new assessment"
            hint="Recorded. The earlier outcome is filled in for you to confirm."
            rows={2}
            value={typed.reason}
            onText={(reason) => type({ reason })}
            message={reasonMissing || messageFor(problem, "withoutReassessment")}
          />
          <Button type="submit" aria-disabled={busy}>
            Rebook without reassessment
          </Button>
        </form>
      )}
    </>
  );
}

const DAY = 24 * 3_600_000;

/** The earlier outcome as it was, with its time where a time of day still says which day is meant. */
function asItWas(outcome: NonNullable<EncounterView["outcome"]>): OutcomeInput {
  const recent = Date.now() - Date.parse(outcome.reachedAt) < DAY;
  return {
    code: outcome.code,
    reachedAt: recent ? outcome.reached.slice(-5) : "",
    symptomGroup: outcome.symptomGroup,
    symptomDiscriminators: outcome.symptomDiscriminators,
    reason: outcome.reason,
  };
}
