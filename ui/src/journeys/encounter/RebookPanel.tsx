import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import type { EncounterView, RebookView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenewBookings } from "../../frame/queries";

/** A rebooking that is open: what the patient holds, and what comes next. Stays until it is over. */
export function RebookPanel({ view }: { view: EncounterView }) {
  const { recall, go, route } = useFrame();
  const open = view.rebooks.find(({ settled }) => !settled);
  const wanted = recall(view.id).rebookOf;
  if (open) return <Open rebook={open} view={view} />;
  if (view.ended) return null;
  if (wanted && view.outcome) return <Begin view={view} wanted={wanted} />;
  if (wanted) {
    return (
      <section className="app-open-rebook" aria-label="Rebooking">
        <h2 className="app-open-rebook__title">To be rebooked: {wanted.words}</h2>
        <p>
          The patient holds right now: that booking. <strong>Next: </strong>
          take down the new assessment and its outcome, then choose a new slot.
        </p>
      </section>
    );
  }
  if (!view.reassessment || view.rebooks.length > 0 || route.page === "holds") return null;
  return (
    <section className="app-open-rebook" aria-label="Reassessment">
      <p>
        <strong>Reassessment.</strong> The patient may hold bookings from before.{" "}
        <Button look="link" onClick={() => go({ page: "holds", encounterId: view.id })}>
          What the patient holds
        </Button>
      </p>
    </section>
  );
}

/** The assessment is there: the rebooking that was asked for begins. */
function Begin({
  view,
  wanted,
}: {
  view: EncounterView;
  wanted: NonNullable<ReturnType<ReturnType<typeof useFrame>["recall"]>["rebookOf"]>;
}) {
  const { desk, remember } = useFrame();
  const renew = useRenewBookings();
  const { mutate, error } = useMutation({
    mutationFn: () => desk.beginRebook(view.id, wanted.which, ""),
    onSuccess: () => {
      remember(view.id, { rebookOf: undefined });
      renew();
    },
  });
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate();
  }, [mutate]);
  return (
    <section className="app-open-rebook" aria-label="Rebooking">
      <h2 className="app-open-rebook__title">To be rebooked: {wanted.words}</h2>
      <FormProblem problem={problemOf(error)} encounterId={view.id} onTryAgain={() => mutate()} />
      {error && (
        <Button look="secondary" onClick={() => remember(view.id, { rebookOf: undefined })}>
          Go on without rebooking it
        </Button>
      )}
    </section>
  );
}

function Open({ rebook, view }: { rebook: RebookView; view: EncounterView }) {
  const { desk, go, route, signedIn } = useFrame();
  const renew = useRenewBookings();
  const leave = useMutation({
    mutationFn: () => desk.leaveRebook(rebook.id),
    onSuccess: renew,
  });
  const encounterId = view.id;
  // That page is about nothing else.
  if (route.page === "holds" && rebook.mayCancelOriginal) return null;
  const choosing =
    route.page === "encounter" && ["services", "slots", "check"].includes(route.step);
  return (
    <section className="app-open-rebook" aria-label="Rebooking">
      <h2 className="app-open-rebook__title">
        <span aria-hidden="true">⚠ </span>Rebooking. Original: {rebook.original}
      </h2>
      <p role="status">
        The patient holds right now: <strong>{rebook.holds}</strong> Next: {rebook.next}
      </p>
      <FormProblem problem={problemOf(leave.error)} onTryAgain={() => leave.mutate()} />
      <div className="app-actions">
        {rebook.mayBook && signedIn?.user.mayBook && (
          <>
            {!choosing && (
              <Button
                onClick={() =>
                  go({
                    page: "encounter",
                    encounterId,
                    step: view.outcome ? "services" : "outcome",
                  })
                }
              >
                {view.outcome ? "Choose a new slot" : "Record the outcome first"}
              </Button>
            )}
            <Button
              look="secondary"
              aria-disabled={leave.isPending}
              onClick={() => leave.isPending || leave.mutate()}
            >
              Nothing new: leave it at the original
            </Button>
          </>
        )}
        {rebook.mayCancelOriginal && route.page !== "cancel" && (
          <Button onClick={() => go({ page: "holds", encounterId })}>
            Confirm with the patient which booking goes
          </Button>
        )}
        {!rebook.mayBook && !rebook.mayCancelOriginal && (
          <Button onClick={() => go({ page: "unfinished" })}>Open unfinished work</Button>
        )}
      </div>
    </section>
  );
}
