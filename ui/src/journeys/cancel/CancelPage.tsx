import { useState } from "react";
import { BookingShown } from "../../components/BookingShown";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import { ToldOfIt } from "../../components/ToldOfIt";
import type { BookingShownView, CancelResultView, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { useShownBooking } from "../../frame/queries";
import type { WhichBooking } from "../../platform/desk";
import { CancelForm } from "./CancelForm";
import { CancelResult } from "./CancelResult";

/** Read it from its provider, show it, have it confirmed; only then is it cancelled (CA-2). */
export function CancelPage({ which, rebookId }: { which: WhichBooking; rebookId: string | null }) {
  const { go, signedIn } = useFrame();
  const shown = useShownBooking(which);
  const [done, setDone] = useState<{ result: CancelResultView; of: BookingShownView } | null>(null);
  /** Why it was not cancelled as it was shown, and is asked again. */
  const [overtaken, setOvertaken] = useState<Problem | null>(null);
  const { bookingId, encounterId } = which;
  const back = () =>
    go(
      encounterId !== null
        ? { page: "holds", encounterId }
        : bookingId !== null
          ? { page: "booking", bookingId }
          : { page: "bookings" },
    );
  if (done) {
    return (
      <CancelResult
        {...done}
        rebookId={rebookId}
        onReadAgain={() => {
          setDone(null);
          setOvertaken(null);
          void shown.refetch();
        }}
        onBack={back}
        back={
          encounterId !== null
            ? "What the patient holds"
            : bookingId !== null
              ? "Open the booking"
              : "Find bookings"
        }
      />
    );
  }
  return (
    <Page title="Cancel a booking">
      {rebookId !== null && (
        <p className="app-gate">
          The new booking is made. This is the original: once it is cancelled, the patient holds the
          new one alone.
        </p>
      )}
      {overtaken && !shown.isFetching && <ProblemNotice problem={overtaken} takesFocus />}
      <Loaded
        query={shown}
        words="Reading the booking from its provider"
        encounterId={encounterId ?? undefined}
      >
        {(view) =>
          shown.isFetching ? (
            <Progress words="Reading the booking from its provider" />
          ) : shown.error ? null : (
            <>
              <section className="app-card" aria-labelledby="as-held">
                <h2 className="app-h2" id="as-held">
                  As its provider has it now
                </h2>
                <BookingShown shown={view} />
              </section>
              {view.canCancel && mayCancel(signedIn?.user) ? (
                <CancelForm
                  key={view.version}
                  shown={view}
                  rebookId={rebookId}
                  onResult={(result) => {
                    // Changed meanwhile: read again, shown with what has changed, asked again (CA-3).
                    if (result.status === "changedMeanwhile" && result.recorded) {
                      setOvertaken(result.problem);
                      void shown.refetch();
                    } else {
                      setDone({ result, of: view });
                    }
                  }}
                  onReadAgain={() => void shown.refetch()}
                />
              ) : (
                <p>
                  <strong>It cannot be cancelled from here.</strong>
                </p>
              )}
              <ToldOfIt shown={view} />
            </>
          )
        }
      </Loaded>
      <div className="app-actions">
        <Button look="secondary" onClick={back}>
          Back, without cancelling
        </Button>
      </div>
    </Page>
  );
}
