import { useMutation, useQuery } from "@tanstack/react-query";
import type { BookingView, EncounterView } from "../contract/contract";
import { useFrame } from "../frame/frame";
import { mayCancel } from "../frame/may";
import { keys, problemOf, useEncounter, useRenewBookings } from "../frame/queries";
import { Button } from "./Button";
import { FormProblem } from "./FormProblem";
import { Loaded } from "./Loaded";

/**
 * The bookings that an encounter's patient holds, each with what can be done with it: which one goes after a new one was
 * made (RB-4), and at the end of a reassessment even where nothing new was booked (RB-6).
 */
export function HeldBookings({ encounterId }: { encounterId: string }) {
  const { desk } = useFrame();
  const encounter = useEncounter(encounterId);
  const held = useQuery({
    queryKey: keys.heldByPatient(encounterId),
    queryFn: () => desk.heldByPatient(encounterId),
  });
  const view = encounter.data;
  if (!view) return null;
  const rebook = view.rebooks.find(({ settled }) => !settled);
  const elsewhere = rebook?.originalBookingId === null ? rebook : undefined;
  return (
    <section className="app-card app-held-card" aria-labelledby="held">
      <h2 className="app-h2" id="held">
        What the patient holds
      </h2>
      {view.reassessment && !rebook && (
        <p>
          This is a reassessment. Ask the patient about each booking below: cancel what they do not
          need any more, also where nothing new was booked.
        </p>
      )}
      <Loaded
        query={held}
        words="Fetching the patient’s bookings"
        isEmpty={(rows) => rows.length === 0 && !elsewhere}
        empty={
          <p className="app-empty">No booking ahead of this patient is in this desk’s record.</p>
        }
      >
        {(rows) => (
          <ul className="app-plain-list app-held">
            {elsewhere && (
              <li className="app-held__row app-held__row--original">
                <div>
                  <strong>{elsewhere.original}</strong>
                  <br />
                  Made by another organisation
                  <br />
                  <Mark words="The original: the one to be replaced" />
                </div>
                <CancelButton
                  words={elsewhere.original}
                  which={{ bookingId: null, encounterId, url: elsewhere.originalUrl }}
                  goes={elsewhere.mayCancelOriginal}
                  rebookId={elsewhere.mayCancelOriginal ? elsewhere.id : null}
                />
              </li>
            )}
            {rows.map((booking) => (
              <Row key={booking.id} booking={booking} view={view} />
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Mark({ words }: { words: string }) {
  return <strong className="nhsuk-tag app-label-tag">{words}</strong>;
}

function Row({ booking, view }: { booking: BookingView; view: EncounterView }) {
  const { signedIn } = useFrame();
  const rebook = view.rebooks.find(({ settled }) => !settled);
  const original = rebook?.originalBookingId === booking.id;
  const fresh = rebook?.newBookingId === booking.id;
  const goes = original && rebook.mayCancelOriginal;
  const here = booking.encounterId === view.id;
  const words = `${booking.date} ${booking.start}, ${booking.service}`;
  return (
    <li className={`app-held__row ${original ? "app-held__row--original" : ""}`}>
      <div>
        <strong>
          {booking.date} {booking.start}
        </strong>{" "}
        · {booking.service}
        <br />
        {booking.status}, as of {booking.statusAsOf} · booked by {booking.bookedBy}
        <br />
        {original && <Mark words="The original: the one to be replaced" />}
        {fresh && <Mark words="The new one" />}
        {here && !original && !fresh && <Mark words="Booked in this encounter" />}
      </div>
      <div className="app-held__buttons">
        {signedIn?.user.mayBook && !rebook && !view.ended && (
          <RebookButton view={view} booking={booking} words={words} />
        )}
        <CancelButton
          words={words}
          which={{ bookingId: booking.id, encounterId: view.id, url: null }}
          goes={goes}
          rebookId={goes ? rebook.id : null}
        />
      </div>
    </li>
  );
}

function CancelButton({
  words,
  which,
  goes,
  rebookId,
}: {
  words: string;
  which: { bookingId: string | null; encounterId: string; url: string | null };
  goes: boolean;
  rebookId: string | null;
}) {
  const { go, signedIn } = useFrame();
  if (!mayCancel(signedIn?.user)) return null;
  return (
    <Button
      look={goes ? "primary" : "secondary"}
      aria-label={`${goes ? "This one goes: read it and cancel" : "Cancel"}: ${words}`}
      onClick={() => go({ page: "cancel", ...which, rebookId })}
    >
      {goes ? "This one goes: read it and cancel" : "Cancel"}
    </Button>
  );
}

function RebookButton({
  view,
  booking,
  words,
}: {
  view: EncounterView;
  booking: BookingView;
  words: string;
}) {
  const { desk, go, remember } = useFrame();
  const renew = useRenewBookings();
  const which = { bookingId: booking.id, encounterId: view.id, url: null };
  const begin = useMutation({
    mutationFn: () => desk.beginRebook(view.id, which, ""),
    onSuccess: () => {
      renew();
      go({ page: "encounter", encounterId: view.id, step: view.outcome ? "services" : "outcome" });
    },
    onError: (error) => {
      // It begins by itself once the patient was assessed again.
      if (problemOf(error)?.code === "reassessmentNeeded") {
        remember(view.id, { rebookOf: { which, words } });
      }
    },
  });
  return (
    <>
      <FormProblem problem={problemOf(begin.error)} encounterId={view.id} />
      <Button
        look="secondary"
        aria-label={`Rebook: ${words}`}
        aria-disabled={begin.isPending}
        onClick={() => begin.isPending || begin.mutate()}
      >
        Rebook
      </Button>
    </>
  );
}
