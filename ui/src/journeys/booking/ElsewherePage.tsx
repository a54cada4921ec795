import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BookingShown } from "../../components/BookingShown";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ToldOfIt } from "../../components/ToldOfIt";
import type { BookingShownView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import {
  keys,
  problemOf,
  useEncounter,
  useRenewBookings,
  useShownBooking,
} from "../../frame/queries";

/** A booking that the registry or a provider named, read from its provider. */
export function ElsewherePage({ encounterId, url }: { encounterId: string; url: string }) {
  const { go } = useFrame();
  const shown = useShownBooking({ bookingId: null, encounterId, url });
  return (
    <Page title="Booking, as its provider has it">
      <Loaded query={shown} words="Reading the booking from its provider" encounterId={encounterId}>
        {(view) => (
          <>
            <section className="app-card" aria-label="The booking">
              <BookingShown shown={view} />
              <ToldOfIt shown={view} />
            </section>
            {view.canCancel && <Actions encounterId={encounterId} shown={view} />}
          </>
        )}
      </Loaded>
      <div className="app-actions">
        <Button look="secondary" onClick={() => go({ page: "holds", encounterId })}>
          What the patient holds
        </Button>
      </div>
    </Page>
  );
}

function Actions({ encounterId, shown }: { encounterId: string; shown: BookingShownView }) {
  const { desk, go, remember, signedIn } = useFrame();
  const queries = useQueryClient();
  const renew = useRenewBookings();
  const encounter = useEncounter(encounterId);
  const { bookingId, url } = shown;
  const which = { bookingId, encounterId, url: bookingId === null ? url : null };
  const rebook = encounter.data?.rebooks.find(({ settled }) => !settled);
  const ended = encounter.data?.ended ?? true;
  const begin = useMutation({
    mutationFn: () => desk.beginRebook(encounterId, which, ""),
    onSuccess: () => {
      renew();
      const step = encounter.data?.outcome ? "services" : "outcome";
      go({ page: "encounter", encounterId, step });
    },
    onError: (error) => {
      // It begins by itself once the patient was assessed again.
      if (problemOf(error)?.code === "reassessmentNeeded") {
        const words = [shown.when, shown.service].filter(Boolean).join(", ");
        remember(encounterId, { rebookOf: { which, words } });
      }
    },
  });
  return (
    <>
      <FormProblem problem={problemOf(begin.error)} encounterId={encounterId} />
      <div className="app-actions">
        {signedIn?.user.mayBook && !rebook && !ended && (
          <Button aria-disabled={begin.isPending} onClick={() => begin.isPending || begin.mutate()}>
            Rebook: book another, then cancel this
          </Button>
        )}
        {mayCancel(signedIn?.user) && (
          <Button
            look="secondary"
            onClick={() => {
              queries.setQueryData(keys.shown(which), shown);
              const goes = rebook?.originalUrl === url && rebook.mayCancelOriginal;
              go({ page: "cancel", ...which, rebookId: goes ? rebook.id : null });
            }}
          >
            Cancel this booking
          </Button>
        )}
      </div>
    </>
  );
}
