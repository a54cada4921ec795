import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BookingDetails, BookingOutputs } from "../../components/BookingDetails";
import { Button } from "../../components/Button";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { BookingResultView, BookingView, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter } from "../../frame/queries";

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
  const { desk, go, forget } = useFrame();
  const queries = useQueryClient();
  const finish = useMutation({
    mutationFn: () => desk.endEncounter(encounterId),
    onSuccess: () => {
      forget(encounterId);
      void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      go({ page: "home" });
    },
  });
  const problem = problemOf(finish.error);
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
      {problem && (
        <ProblemNotice
          problem={problem}
          takesFocus
          encounterId={encounterId}
          onTryAgain={() => finish.mutate()}
        />
      )}
      <div className="app-actions">
        <Button
          aria-disabled={finish.isPending}
          onClick={() => finish.isPending || finish.mutate()}
        >
          Finish encounter
        </Button>
        <BookingOutputs booking={booking} />
      </div>
      <BookingDetails booking={booking} />
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
