import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { HeldBookings } from "../../components/HeldBookings";
import { NoteForm } from "../../components/NoteForm";
import { Page } from "../../components/Page";
import type { RebookView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { keys, useEncounter } from "../../frame/queries";

/** Which booking goes and which stays, to be confirmed with the patient (RB-4). */
export function HoldsPage({ encounterId }: { encounterId: string }) {
  const { go } = useFrame();
  const encounter = useEncounter(encounterId);
  const rebook = encounter.data?.rebooks[0];
  const asks = rebook?.mayCancelOriginal ?? false;
  return (
    <Page title={asks ? "Confirm with the patient which booking goes" : "What the patient holds"}>
      {rebook && <Standing rebook={rebook} />}
      <HeldBookings encounterId={encounterId} />
      {rebook && asks && <KeepBoth rebook={rebook} />}
      <div className="app-actions">
        <Button
          look="secondary"
          onClick={() =>
            go({
              page: "encounter",
              encounterId,
              step: (encounter.data?.bookings.length ?? 0) > 0 ? "confirmation" : "outcome",
            })
          }
        >
          Back to the encounter
        </Button>
      </div>
    </Page>
  );
}

function Standing({ rebook }: { rebook: RebookView }) {
  const { desk } = useFrame();
  const fresh = useQuery({
    queryKey: keys.booking(rebook.newBookingId ?? ""),
    queryFn: () => desk.booking(rebook.newBookingId ?? ""),
    enabled: rebook.newBookingId !== null,
  });
  return (
    <section
      className={`app-card ${rebook.settled ? "" : "app-card--waiting"}`}
      aria-labelledby="standing"
    >
      <h2 className="app-h2" id="standing">
        The patient holds right now: {rebook.holds}
      </h2>
      <Facts
        facts={[
          [
            "New booking",
            fresh.data
              ? `✓ Booked: ${fresh.data.date} ${fresh.data.start}, ${fresh.data.service}`
              : "None yet",
          ],
          ["Original", rebook.original],
          ["Next", rebook.next],
        ]}
      />
    </section>
  );
}

function KeepBoth({ rebook }: { rebook: RebookView }) {
  const { desk, signedIn } = useFrame();
  if (!mayCancel(signedIn?.user)) return null;
  return (
    <section className="app-card" aria-labelledby="keep-both">
      <h2 className="app-h2" id="keep-both">
        Or the patient keeps both
      </h2>
      <NoteForm
        form={`keepBoth ${rebook.id}`}
        field="reason"
        prefix="both-"
        label="Why the patient keeps both"
        button="Keep both bookings"
        doneWords="Recorded: the patient keeps both bookings."
        save={(reason) => desk.keepBoth(rebook.id, reason)}
      />
    </section>
  );
}
