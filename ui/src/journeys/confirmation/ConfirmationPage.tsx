import { BookingDetails, BookingOutputs } from "../../components/BookingDetails";
import { Button } from "../../components/Button";
import { HeldBookings } from "../../components/HeldBookings";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type {
  BookingResultView,
  BookingView,
  EncounterView,
  Problem,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { useEncounter } from "../../frame/queries";

export function ConfirmationPage({ encounterId }: { encounterId: string }) {
  const { recall, go } = useFrame();
  const encounter = useEncounter(encounterId);
  const last = encounter.data?.bookings[0];
  const result: BookingResultView | undefined =
    recall(encounterId).result ?? (last && { result: "confirmed", booking: last });
  switch (result?.result) {
    case "confirmed":
      return <Booked encounterId={encounterId} booking={newest(result.booking, encounter.data)} />;
    case "notBooked":
      return <NotBooked encounterId={encounterId} problem={result.problem} />;
    case "unknown":
      return <Unknown problem={result.problem} />;
    default:
      return (
        <Page title="Confirmation">
          <p className="app-empty">Nothing has been booked in this encounter yet.</p>
          <Button onClick={() => go({ page: "encounter", encounterId, step: "services" })}>
            Choose a service
          </Button>
          {encounter.data?.reassessment && <HeldBookings encounterId={encounterId} />}
        </Page>
      );
  }
}

/** As it stands now: its referral may have been sent since it was confirmed. */
function newest(booking: BookingView, encounter: EncounterView | undefined) {
  return encounter?.bookings.find(({ id }) => id === booking.id) ?? booking;
}

function Booked({ encounterId, booking }: { encounterId: string; booking: BookingView }) {
  const { go, remember } = useFrame();
  const encounter = useEncounter(encounterId).data;
  // The patient holds two: which one goes comes before anything else.
  const two = encounter?.rebooks.some(({ mayCancelOriginal }) => mayCancelOriginal) ?? false;
  const referred = encounter?.referrals.some(
    ({ decoupled, bookingId }) => !decoupled && bookingId === booking.id,
  );
  return (
    <Page title="Booked">
      <div className="app-booked">
        <p className="app-booked__line">
          <span aria-hidden="true">✓ </span>
          {booking.date} {booking.start} at {booking.service}
        </p>
        <p>
          Provider’s reference: <strong>{booking.providerReference}</strong>
        </p>
      </div>
      <div className="app-actions">
        {!encounter?.ended && (
          <>
            <Button
              look={referred || two ? "secondary" : "primary"}
              onClick={() => {
                remember(encounterId, { referTo: undefined });
                go({ page: "encounter", encounterId, step: "referral" });
              }}
            >
              {referred ? "See the referral" : "Send the referral"}
            </Button>
            <Button
              look={referred && !two ? "primary" : "secondary"}
              onClick={() => go({ page: "encounter", encounterId, step: "ending" })}
            >
              Finish encounter
            </Button>
          </>
        )}
        <Button look="secondary" onClick={() => go({ page: "booking", bookingId: booking.id })}>
          Change or cancel this booking
        </Button>
        <BookingOutputs booking={booking} />
      </div>
      <BookingDetails booking={booking} />
      {(encounter?.reassessment || encounter?.rebooks.some(({ settled }) => !settled)) && (
        <HeldBookings encounterId={encounterId} />
      )}
    </Page>
  );
}

function NotBooked({ encounterId, problem }: { encounterId: string; problem: Problem }) {
  const { go } = useFrame();
  return (
    <Page title="Not booked">
      <ProblemNotice
        problem={problem}
        encounterId={encounterId}
        onTryAgain={() => go({ page: "encounter", encounterId, step: "check" })}
      />
    </Page>
  );
}

/** Its own screen: neither booked nor not booked, and not to be taken for either. */
function Unknown({ problem }: { problem: Problem }) {
  const { go } = useFrame();
  return (
    <Page title="We do not know whether this was booked">
      <div className="app-unknown">
        <p className="app-unknown__line">
          <span aria-hidden="true">? </span>
          Do not book again and do not tell the patient it is booked, before this is settled.
        </p>
        <ProblemNotice problem={{ ...problem, nextSteps: [] }} />
        <Button onClick={() => go({ page: "unfinished" })}>Open unfinished work</Button>
      </div>
    </Page>
  );
}
