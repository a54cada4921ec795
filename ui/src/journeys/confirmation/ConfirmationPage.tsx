import { BookingDetails, BookingOutputs } from "../../components/BookingDetails";
import { Button } from "../../components/Button";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { BookingResultView, BookingView, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { useEncounter } from "../../frame/queries";
import { EndEncounter } from "../ending/EndEncounter";
import { HeldBookings } from "../rebook/HeldBookings";

export function ConfirmationPage({ encounterId }: { encounterId: string }) {
  const { recall, go } = useFrame();
  const encounter = useEncounter(encounterId);
  const last = encounter.data?.bookings[0];
  const result: BookingResultView | undefined =
    recall(encounterId).result ?? (last && { result: "confirmed", booking: last });
  switch (result?.result) {
    case "confirmed":
      return <Booked encounterId={encounterId} booking={result.booking} />;
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
        </Page>
      );
  }
}

function Booked({ encounterId, booking }: { encounterId: string; booking: BookingView }) {
  const { go } = useFrame();
  const encounter = useEncounter(encounterId);
  const referred = encounter.data?.referrals.some((one) => !one.decoupled) ?? false;
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
        {!referred && (
          <Button onClick={() => go({ page: "encounter", encounterId, step: "referral" })}>
            Send the referral
          </Button>
        )}
        <Button look="secondary" onClick={() => go({ page: "booking", bookingId: booking.id })}>
          Change or cancel it
        </Button>
        <BookingOutputs booking={booking} />
      </div>
      <BookingDetails booking={booking} />
      {encounter.data && <HeldBookings encounter={encounter.data} />}
      {encounter.data && <EndEncounter encounter={encounter.data} key={encounter.data.undone} />}
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
